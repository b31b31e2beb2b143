package archipel.mango;

import archipel.document.DocumentBody;
import archipel.document.JsonTree;
import archipel.memory.BoundedCache;
import archipel.read.DocumentCursor;
import archipel.read.Reader;
import archipel.view.DesignDocument;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The indexes that databases' design documents define: all views of those in the language {@code query}. Remembers
 * those of the newest blocks, since each query needs them. Safe for use by many threads.
 */
public final class IndexCatalog {
    private static final int KEPT = 500;
    private static final Set<String> MEMBERS = Set.of("language", "views");

    // By the database's uuid.
    private final BoundedCache<String, Known> known = BoundedCache.ofEntries(KEPT);

    /** @param rules {@link Reader#rules}, which no change of a design document leaves as they were */
    private record Known(long rules, List<FieldIndex> indexes) {}

    /** First all documents, then the indexes by design document and name, both in the order of bytes. */
    public List<FieldIndex> of(Reader reader) {
        if (reader.isPinned() || !reader.seesEverything()) {
            return read(reader);
        }
        String database = reader.uuid();
        Known last = known.get(database);
        if (last == null || last.rules != reader.rules()) {
            last = new Known(reader.rules(), read(reader));
            known.put(database, last);
        }
        return last.indexes;
    }

    private static List<FieldIndex> read(Reader reader) {
        List<FieldIndex> indexes = new ArrayList<>();
        indexes.add(FieldIndex.ALL_DOCUMENTS);
        try (DocumentCursor cursor = reader.documents().cursor(DesignDocument.PREFIX, false, true)) {
            while (cursor.next() && cursor.id().startsWith(DesignDocument.PREFIX)) {
                @Nullable DocumentBody body = cursor.winner().deleted() ? null : cursor.body();
                if (body != null) {
                    FieldIndexDefinition definition =
                            FieldIndexDefinition.of(cursor.id(), JsonTree.membersOfValid(body.json(), MEMBERS));
                    indexes.addAll(definition == null ? List.of() : definition.indexes());
                }
            }
        }
        return List.copyOf(indexes);
    }
}
