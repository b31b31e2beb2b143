package archipel.scheduler;

import archipel.document.DocumentBody;
import archipel.document.Names;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.memory.Allowance;
import archipel.read.DocumentCursor;
import archipel.read.Reader;
import archipel.read.Visibility;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists what documents of {@code _replicator} databases say themselves, for server admins, who see all of them. */
public final class StoredJobs {
    private static final int PAGE = 200;
    private static final long PAGE_BYTES = 1 << 20;

    private final Node node;

    public StoredJobs(Node node) {
        this.node = node;
    }

    /** One document. */
    public record Entry(String id, StoredJob job) {}

    /**
     * Some documents in the order of their ids, those of design apart.
     *
     * @param total how many documents the database has, those of design included
     * @param next the id that the next page begins with; null where this is the last
     */
    public record Page(
            long total, List<Entry> entries, @Nullable String next) {}

    /**
     * Null where there is none.
     *
     * @throws RequestException 404 where there is no such database
     */
    public @Nullable StoredJob find(String database, String id) {
        try (Reader reader = node.database(database).door().newest(Visibility.EVERYTHING)) {
            JobDocuments.Stored stored = JobDocuments.find(reader, id);
            return stored == null ? null : StoredJob.of(stored.body().json());
        }
    }

    /**
     * A page of a list; no state is held between two.
     *
     * @param from the id that it begins with; null for the first page
     * @throws RequestException 404 where there is no such database
     */
    public Page page(String name, @Nullable String from, boolean descending) {
        Database database = node.database(name);
        List<Entry> entries = new ArrayList<>();
        long bytes = 0;
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            long total = reader.documents().count();
            try (DocumentCursor documents = reader.documents().cursor(from, descending, true)) {
                while (documents.next()) {
                    if (entries.size() == PAGE || bytes > PAGE_BYTES) {
                        return new Page(total, entries, documents.id());
                    }
                    DocumentBody body = documents.winner().deleted() ? null : documents.body();
                    if (body != null && !Names.isDesign(documents.id())) {
                        entries.add(new Entry(documents.id(), StoredJob.of(body.json())));
                        bytes += body.json().length;
                        Allowance.current().pass(bytes);
                    }
                }
            }
            return new Page(total, entries, null);
        }
    }
}
