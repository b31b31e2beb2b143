package archipel.engine;

import archipel.log.StateMachine;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.RowReader;
import archipel.storage.Store;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The state machines of a store that no node has open, and what they wrote. */
final class Machines {
    static final CatalogListener NOBODY = new CatalogListener() {
        @Override
        public void publish(SystemCatalog.Changes round) {}

        @Override
        public void publish(Catalog.Changes round) {}
    };

    private static final int MOST_DIFFERENCES = 10;
    /** Rows of one node alone are kept as if they were of this group. */
    private static final int NODE = 0xffff;

    private static final byte[] END = {(byte) 0xff, (byte) 0xff, (byte) 0xff};

    private Machines() {}

    /** As a node has them that opens the store. */
    static Map<Integer, StateMachine> load(Store store, List<Integer> groups, CatalogListener listener) {
        SystemCatalog system = SystemCatalog.load(store);
        Map<Integer, StateMachine> machines = new TreeMap<>();
        for (int group : groups) {
            Catalog catalog = Catalog.load(store, group);
            machines.put(
                    group,
                    new GroupMachine(store, catalog, group == CatalogKeys.SYSTEM_GROUP ? system : null, listener));
        }
        return machines;
    }

    /** The first rows that one of two stores has and the other has not, or has with another value. */
    static List<String> differences(Store one, Store other) {
        List<String> found = new ArrayList<>();
        for (Family family : Family.values()) {
            // Indexes are of one node alone.
            if (family != Family.INDEX) {
                compare(family, one, other, found);
            }
        }
        return found;
    }

    private static void compare(Family family, Store one, Store other, List<String> found) {
        try (Cursor left = one.cursor(family, new byte[0], END);
                Cursor right = other.cursor(family, new byte[0], END)) {
            boolean leftMore = replicated(left, left.first());
            boolean rightMore = replicated(right, right.first());
            while ((leftMore || rightMore) && found.size() < MOST_DIFFERENCES) {
                int order = !leftMore ? 1 : !rightMore ? -1 : Arrays.compareUnsigned(left.key(), right.key());
                if (order == 0 && !Arrays.equals(left.value(), right.value())) {
                    found.add(family + " " + hex(left.key()) + ": " + hex(left.value()) + " and " + hex(right.value()));
                } else if (order != 0) {
                    found.add(family + ": only the " + (order < 0 ? "first" : "second") + " has "
                            + hex(order < 0 ? left.key() : right.key()));
                }
                leftMore = order > 0 ? leftMore : replicated(left, left.next());
                rightMore = order < 0 ? rightMore : replicated(right, right.next());
            }
        }
    }

    // Those of one node alone come last.
    private static boolean replicated(Cursor rows, boolean more) {
        return more && new RowReader(rows.key()).u16() != NODE;
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
