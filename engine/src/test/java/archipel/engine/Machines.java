package archipel.engine;

import archipel.command.Command;
import archipel.command.CommandCodec;
import archipel.command.Outcome;
import archipel.log.ForwardingMachine;
import archipel.log.LogPosition;
import archipel.log.StateMachine;
import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.RowReader;
import archipel.storage.Store;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** The state machines of a store that no node has open, and what they wrote. */
final class Machines {
    /** Those of a node that is on its own. */
    static final List<Integer> GROUPS = List.of(CatalogKeys.SYSTEM_GROUP, CatalogKeys.DATA_GROUP);

    static final GroupMachine.Audience NOBODY = new NoAudience();

    private static final int MOST_DIFFERENCES = 10;
    /** Rows of one node alone are kept as if they were of this group. */
    private static final int NODE = 0xffff;

    private static final byte[] END = {(byte) 0xff, (byte) 0xff, (byte) 0xff};

    private Machines() {}

    /** The machine, but for its rounds. */
    static StateMachine with(StateMachine machine, BiFunction<StateMachine.Round, Batch, StateMachine.Round> rounds) {
        return new ForwardingMachine(machine) {
            @Override
            public Round begin(Batch batch) {
                return rounds.apply(super.begin(batch), batch);
            }
        };
    }

    /** As a node has them that opens the store. */
    static Map<Integer, StateMachine> load(Store store, List<Integer> groups, GroupMachine.Audience audience) {
        Map<Integer, StateMachine> machines = new TreeMap<>();
        for (int group : groups) {
            machines.put(
                    group,
                    new GroupMachine(store, group, Set.copyOf(groups), FormatVersion.NEWEST, version -> {}, audience));
        }
        return machines;
    }

    /** The first rows that one of two stores has and the other has not, or has with another value. */
    static List<String> differences(Store one, Store other) {
        List<String> found = new ArrayList<>();
        for (Family family : Family.MAIN) {
            compare(family, one, other, found);
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

    /** Nobody reads what is applied, unless it says so. */
    static class NoAudience implements GroupMachine.Audience {
        @Override
        public void publish(SystemCatalog.Changes round) {}

        @Override
        public void publish(Catalog.Changes round) {}

        @Override
        public void freeze(int group) {}

        @Override
        public void replace(Catalog catalog, @Nullable SystemCatalog named) {}
    }

    /** The groups of a node in a store of their own, which apply what they are given: no threads, no clock, no log. */
    static final class Replica implements AutoCloseable {
        /** Where the rows of one node alone begin. */
        private static final byte[] NODE = {(byte) 0xff, (byte) 0xff};

        private final Store store;
        private final Map<Integer, GroupMachine> machines = new TreeMap<>();
        private final List<FormatVersion> raised = new ArrayList<>();

        /** @param known the newest format that its program knows */
        Replica(Path directory, FormatVersion known) {
            this(Store.open(directory, 1 << 20, 8 << 20), known);
        }

        Replica(Store store, FormatVersion known) {
            this.store = store;
            for (int group : GROUPS) {
                machines.put(
                        group,
                        new GroupMachine(store, group, Set.copyOf(GROUPS), known, raised::add, new NoAudience()));
            }
        }

        Store store() {
            return store;
        }

        GroupMachine machine(int group) {
            return machines.get(group);
        }

        /** The formats that the data's directory was raised to. */
        List<FormatVersion> raised() {
            return raised;
        }

        /** Applies a command in a round of its own. */
        Outcome<?> apply(Entry entry) {
            return applyTogether(List.of(entry)).getFirst();
        }

        /** Applies commands of one group in one round. */
        List<Outcome<?>> applyTogether(List<Entry> entries) {
            List<Outcome<?>> outcomes = new ArrayList<>();
            try (Batch batch = store.batch()) {
                StateMachine.Round round = machine(entries.getFirst().group).begin(batch);
                try {
                    for (Entry entry : entries) {
                        outcomes.add(round.apply(
                                entry.position, CommandCodec.decode(entry.bytes), entry == entries.getLast()));
                    }
                    round.write();
                    store.commit(batch);
                } catch (RuntimeException | Error e) {
                    round.rollback();
                    throw e;
                }
                round.commit();
            }
            return outcomes;
        }

        /** All rows of groups, in hex. */
        Map<Family, Map<String, String>> rows() {
            return rows(store);
        }

        static Map<Family, Map<String, String>> rows(Store store) {
            Map<Family, Map<String, String>> rows = new EnumMap<>(Family.class);
            for (Family family : Family.MAIN) {
                rows.put(family, rows(store, family));
            }
            return rows;
        }

        static Map<String, String> rows(Store store, Family family) {
            Map<String, String> rows = new TreeMap<>();
            try (Cursor cursor = store.cursor(family, new byte[0], NODE)) {
                for (boolean more = cursor.first(); more; more = cursor.next()) {
                    rows.put(
                            HexFormat.of().formatHex(cursor.key()),
                            HexFormat.of().formatHex(cursor.value()));
                }
            }
            return rows;
        }

        @Override
        public void close() {
            store.close();
        }

        /** A command as a log has it. */
        record Entry(int group, LogPosition position, byte[] bytes) {
            static Entry of(int group, long index, long term, Command<?> command, FormatVersion format) {
                return new Entry(group, new LogPosition(index, term), CommandCodec.encode(command, format));
            }
        }
    }
}
