package archipel.read;

import archipel.document.LocalDocument;
import archipel.document.Revision;
import archipel.history.LocalRow;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The {@code _local} documents of a {@link Reader}'s database, as long as that is open: as of the newest block, since
 * they belong to none. For one thread at a time.
 */
public final class LocalReader {
    private final Reader reader;

    LocalReader(Reader reader) {
        this.reader = reader;
    }

    /** @param id without {@code _local/}; null when there is none */
    public @Nullable LocalDocument find(String id) {
        byte[] row = reader.visibility().seesLocal(id)
                ? reader.store().get(Family.LOCAL, reader.keys().local(id))
                : null;
        return row == null ? null : decode(id, row);
    }

    private static LocalDocument decode(String id, byte[] value) {
        LocalRow local = LocalRow.decode(value);
        return new LocalDocument(id, new Revision(0, Long.toString(local.revision())), local.json());
    }

    /** In ascending order of id, from {@code start} on (null: all). */
    public List<LocalDocument> list(@Nullable String start, int limit) {
        List<LocalDocument> found = new ArrayList<>();
        KeySpace keys = reader.keys();
        byte[] lower = start == null ? keys.lower() : keys.local(start);
        try (Cursor rows = reader.store().cursor(Family.LOCAL, lower, keys.upper())) {
            for (boolean more = rows.first(); more && found.size() < limit; more = rows.next()) {
                String id = KeySpace.suffixText(rows.key());
                if (reader.visibility().seesLocal(id)) {
                    found.add(decode(id, rows.value()));
                }
            }
        }
        return found;
    }
}
