package archipel.mango;

import archipel.document.DocumentBody;
import archipel.document.JsonTree;
import archipel.engine.Snapshot;
import archipel.engine.Snapshot.DocumentCursor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The indexes that a database's design documents define: all views of those in the language {@code query}. */
public final class IndexCatalog {
    private static final String PREFIX = "_design/";
    private static final Set<String> MEMBERS = Set.of("language", "views");

    private IndexCatalog() {}

    /** First all documents, then the indexes by design document and name, both in the order of bytes. */
    public static List<FieldIndex> of(Snapshot snapshot) {
        List<FieldIndex> indexes = new ArrayList<>();
        indexes.add(FieldIndex.ALL_DOCUMENTS);
        try (DocumentCursor cursor = snapshot.documents(PREFIX, false, true)) {
            while (cursor.next() && cursor.id().startsWith(PREFIX)) {
                @Nullable DocumentBody body = cursor.winner().deleted() ? null : cursor.body();
                if (body != null) {
                    FieldIndexDefinition definition =
                            FieldIndexDefinition.of(cursor.id(), JsonTree.membersOfValid(body.json(), MEMBERS));
                    indexes.addAll(definition == null ? List.of() : definition.indexes());
                }
            }
        }
        return indexes;
    }
}
