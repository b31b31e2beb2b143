package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.changes.Waiters;
import archipel.changes.Wakers;
import archipel.command.AnswerCodec;
import archipel.command.Command;
import archipel.command.CommandCodec;
import archipel.command.Outcome;
import archipel.log.StateMachine;
import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.RowReader;
import archipel.storage.Store;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Looks on while a node applies commands, which it passes on through their bytes, and has a second store apply the same
 * bytes: each command in a batch of its own, without the node's clock, threads and caches. Both must answer the same
 * and have the same rows in the end, but for what belongs to one node alone.
 */
final class Twin {
    private static final int NODE = 0xffff;

    private final List<Applied> applied = new ArrayList<>();

    /** The state machine that the node's log is to be given. */
    StateMachine onlooker(int group, StateMachine machine) {
        return new StateMachine() {
            @Override
            public long visible() {
                return machine.visible();
            }

            @Override
            public long stored() {
                return machine.stored();
            }

            @Override
            public Round begin(Batch batch) {
                return onlooker(group, machine.begin(batch));
            }
        };
    }

    private StateMachine.Round onlooker(int group, StateMachine.Round round) {
        List<Applied> mine = new ArrayList<>();
        return new StateMachine.Round() {
            @Override
            @SuppressWarnings("unchecked")
            public <A extends @Nullable Object> Outcome<A> apply(long index, Command<A> command, boolean last) {
                byte[] bytes = CommandCodec.encode(command);
                Outcome<A> outcome = round.apply(index, (Command<A>) CommandCodec.decode(bytes), last);
                mine.add(new Applied(group, index, bytes, AnswerCodec.encode(outcome)));
                return (Outcome<A>) AnswerCodec.decode(AnswerCodec.encode(outcome));
            }

            @Override
            public void write() {
                round.write();
            }

            @Override
            public StateMachine.Publication commit() {
                synchronized (applied) {
                    applied.addAll(mine);
                }
                return round.commit();
            }

            @Override
            public void rollback() {
                round.rollback();
            }
        };
    }

    /** Applies the same bytes to a store of its own, and compares the two. */
    void compare(Node node, Path directory) {
        List<Applied> commands;
        synchronized (applied) {
            commands = List.copyOf(applied);
        }
        try (Store store = Store.open(directory, 1 << 20, 8 << 20)) {
            Map<Integer, StateMachine> machines = machines(node, store);
            for (Applied command : commands) {
                try (Batch batch = store.batch()) {
                    StateMachine.Round round = machines.get(command.group).begin(batch);
                    Outcome<?> outcome = round.apply(command.index, CommandCodec.decode(command.bytes), true);
                    round.write();
                    store.commit(batch);
                    round.commit();
                    assertArrayEquals(command.outcome, AnswerCodec.encode(outcome), command::toString);
                }
            }
            for (Family family : Family.values()) {
                if (family != Family.INDEX) {
                    assertEquals(rows(node.store(), family), rows(store, family), () -> "rows of " + family);
                }
            }
        }
    }

    private static Map<Integer, StateMachine> machines(Node node, Store store) {
        PublishedDatabases nobody = new PublishedDatabases(node, new Wakers(), new Waiters(), database -> {});
        SystemCatalog system = SystemCatalog.load(store);
        Map<Integer, StateMachine> machines = new TreeMap<>();
        for (int group : Node.GROUPS) {
            machines.put(
                    group,
                    new GroupMachine(
                            store,
                            Catalog.load(store, group),
                            group == CatalogKeys.SYSTEM_GROUP ? system : null,
                            nobody,
                            () -> 0));
        }
        return machines;
    }

    private static Map<String, String> rows(Store store, Family family) {
        Map<String, String> rows = new TreeMap<>();
        try (Cursor cursor = store.cursor(family, new byte[0], new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff})) {
            for (boolean more = cursor.first(); more; more = cursor.next()) {
                if (new RowReader(cursor.key()).u16() != NODE) {
                    rows.put(
                            HexFormat.of().formatHex(cursor.key()),
                            HexFormat.of().formatHex(cursor.value()));
                }
            }
        }
        return rows;
    }

    private record Applied(int group, long index, byte[] bytes, byte[] outcome) {
        @Override
        public String toString() {
            return "command " + index + " of group " + group + ": " + CommandCodec.decode(bytes);
        }
    }
}
