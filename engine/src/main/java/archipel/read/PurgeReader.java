package archipel.read;

import archipel.history.PurgeRow;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import java.util.ArrayList;
import java.util.List;

/** What was purged from a {@link Reader}'s database, as long as that is open. For one thread at a time. */
public final class PurgeReader {
    private final Reader reader;

    PurgeReader(Reader reader) {
        this.reader = reader;
    }

    /** How many purges were done. */
    public long seq() {
        return reader.isPinned()
                ? reader.block().totals().purgeSeq()
                : reader.facts().purgeSeq();
    }

    /** The purges after {@code purgeSeq}, in order, as far as they are remembered. */
    public List<PurgeInfo> after(long purgeSeq, int limit) {
        List<PurgeInfo> found = new ArrayList<>();
        KeySpace keys = reader.keys();
        try (Cursor rows = reader.store().cursor(Family.PURGE, keys.purge(purgeSeq + 1), keys.upper())) {
            for (boolean more = rows.first(); more && found.size() < limit; more = rows.next()) {
                PurgeRow purge = PurgeRow.decode(rows.value());
                if (reader.visibility().seesPurged(purge.id())) {
                    found.add(new PurgeInfo(
                            KeySpace.suffixNumber(rows.key()), purge.uuid(), purge.id(), purge.revisions()));
                }
            }
        }
        return found;
    }
}
