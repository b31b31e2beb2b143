package archipel.index;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** One document's rows since the last commit: what is stored, what is to stand, and what stood between. */
final class PendingDocument {
    private final Map<Place, StoredRow> before;
    private final Map<Place, StoredRow> now;
    private final List<PastRow> past = new ArrayList<>();
    private boolean purged;

    /** @param before what is stored of its live rows */
    PendingDocument(Map<Place, StoredRow> before) {
        this.before = before;
        this.now = new HashMap<>(before);
    }

    Map<Place, StoredRow> before() {
        return before;
    }

    Map<Place, StoredRow> now() {
        return now;
    }

    List<PastRow> past() {
        return past;
    }

    /** Whether all that was stored of past rows goes. */
    boolean isPurged() {
        return purged;
    }

    /**
     * @param bodies of the rows from the block on; those that are found unchanged are taken out
     * @param base rows that lived to that block or an earlier one are needed by nobody
     */
    void replace(long block, Map<Place, byte[]> bodies, long base) {
        Iterator<Map.Entry<Place, StoredRow>> rows = now.entrySet().iterator();
        while (rows.hasNext()) {
            Map.Entry<Place, StoredRow> entry = rows.next();
            StoredRow row = entry.getValue();
            byte[] body = bodies.get(entry.getKey());
            if (body != null && Arrays.equals(body, row.body())) {
                bodies.remove(entry.getKey());
                continue;
            }
            rows.remove();
            if (row.from() < block && block > base) {
                past.add(new PastRow(entry.getKey(), block, row));
            }
        }
        bodies.forEach((place, body) -> now.put(place, new StoredRow(block, body)));
    }

    void purge() {
        purged = true;
        past.clear();
        now.clear();
    }

    /** @param to the block the row lived to */
    record PastRow(Place place, long to, StoredRow row) {}
}
