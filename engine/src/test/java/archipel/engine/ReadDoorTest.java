package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import archipel.changes.Block;
import archipel.changes.FormerHead;
import archipel.command.HorizonPolicy;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.read.BlockException;
import archipel.read.BlockSelector;
import archipel.read.Consistency;
import archipel.read.ReadDoor;
import archipel.read.ReadSource;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import archipel.read.Wanted.NamedBlock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which state the door opens, and with which error it opens none. */
class ReadDoorTest {
    /** As long as no test has time for: where it is waited for, the test ends by its own limit. */
    private static final Duration LONG = Duration.ofHours(1);

    private static final byte[] OTHER = new byte[32];

    @TempDir
    private Path data;

    private Node node;
    private Database database;
    private Revision first;

    @BeforeEach
    void open() {
        node = Node.open(data, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
        database = node.create("db");
        first = Edits.put(database, "x", null, "{\"v\":1}");
        Edits.put(database, "y", null, "{\"v\":2}");
    }

    @AfterEach
    void close() {
        node.close();
        assertEquals(List.of(), Checker.check(data));
    }

    private Block block(long number) {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            return reader.blocks().find(number);
        }
    }

    private static Wanted named(BlockSelector selector, long number, byte[] hash) {
        return new Wanted(selector, List.of(new NamedBlock(number, hash, "as asked")), LONG, Consistency.ANY);
    }

    private BlockException refusal(Wanted wanted) {
        return assertThrows(BlockException.class, () -> database.door().open(wanted, Visibility.EVERYTHING));
    }

    @Test
    void open_numberWithItsHash_isThatBlock() throws InterruptedException {
        Wanted wanted = named(new BlockSelector.Number(1), 1, block(1).hash());
        try (Reader reader = database.door().open(wanted, Visibility.EVERYTHING)) {
            assertEquals(1, reader.block().number());
            assertEquals(true, reader.isPinned());
        }
    }

    @Test
    void open_numberWithAnotherHash_isUnknown() {
        BlockException refusal = refusal(named(new BlockSelector.Number(1), 1, OTHER));
        assertEquals(BlockException.Kind.UNKNOWN, refusal.kind());
        assertEquals("as asked", refusal.asked());
        assertEquals(2, refusal.head().number());
    }

    @Test
    void open_atLeastABlockOfAnotherHistory_isUnknown() {
        assertEquals(
                BlockException.Kind.UNKNOWN,
                refusal(named(new BlockSelector.AtLeast(1), 1, OTHER)).kind());
    }

    @Test
    void open_headOfAFormerDatabase_isUnknownAtOnce() {
        Edits.put(database, "z", null, "{}");
        Block former = database.state().head();
        node.delete("db");
        database = node.create("db");
        assertEquals(
                BlockException.Kind.UNKNOWN,
                refusal(named(new BlockSelector.AtLeast(3), 3, former.hash())).kind());
    }

    @Test
    void block_belowTheHorizon_isFoundAndNotOpened() throws InterruptedException {
        database.setHorizon(new HorizonPolicy.Newest(1, Duration.ZERO));
        database.prune();
        Block one = null;
        for (BlockSelector selector : List.of(new BlockSelector.Number(1), new BlockSelector.Hash(block(1).hash()))) {
            Wanted wanted = Wanted.of(selector, Duration.ZERO);
            one = database.door().block(wanted);
            assertEquals(1, one.number());
            assertEquals(BlockException.Kind.BELOW_HORIZON, refusal(wanted).kind());
        }
        Wanted other = named(new BlockSelector.Number(1), 1, OTHER);
        BlockException unknown =
                assertThrows(BlockException.class, () -> database.door().block(other));
        assertEquals(BlockException.Kind.UNKNOWN, unknown.kind());
    }

    @Test
    void open_linearizable_showsWhatTheLogMakesSureOf() throws InterruptedException {
        for (BlockSelector selector : List.of(BlockSelector.LATEST, new BlockSelector.AtLeast(1))) {
            long before = database.state().head().number();
            Late late = new Late();
            for (Consistency weak : List.of(Consistency.ANY, Consistency.LEADER)) {
                Wanted wanted = new Wanted(selector, List.of(), Duration.ZERO, weak);
                try (Reader reader = new ReadDoor(late).open(wanted, Visibility.EVERYTHING)) {
                    assertEquals(before, reader.block().number());
                }
            }
            Wanted wanted = new Wanted(selector, List.of(), Duration.ZERO, Consistency.LINEARIZABLE);
            try (Reader reader = new ReadDoor(late).open(wanted, Visibility.EVERYTHING)) {
                assertEquals(before + 1, reader.block().number());
            }
            assertEquals(List.of("barrier"), late.calls);
        }
    }

    /** A leader that was lost must not park readers for ever. */
    @Test
    void open_linearizableInVain_isRefusedInTime() throws InterruptedException {
        int before = node.store().openSnapshots();
        Late late = new Late();
        late.barrier = new CompletableFuture<>();
        ReadDoor door = new ReadDoor(late);
        for (BlockSelector selector : List.of(BlockSelector.LATEST, new BlockSelector.Number(1))) {
            Wanted wanted = new Wanted(selector, List.of(), Duration.ofMillis(20), Consistency.LINEARIZABLE);
            RequestException refusal =
                    assertThrows(RequestException.class, () -> door.open(wanted, Visibility.EVERYTHING));
            assertEquals(ErrorCode.NOT_FRESH, refusal.code());
            assertEquals(
                    ErrorCode.NOT_FRESH,
                    assertThrows(RequestException.class, () -> door.block(wanted))
                            .code());
        }
        late.barrier.completeExceptionally(new RequestException(ErrorCode.STOPPING));
        RequestException refusal =
                assertThrows(RequestException.class, () -> door.open(Wanted.NEWEST, Visibility.EVERYTHING));
        assertEquals(ErrorCode.STOPPING, refusal.code());
        assertEquals(before, node.store().openSnapshots());
    }

    /** Of several reads in turn the first asks; what is shown does not get older. */
    @Test
    void open_freshAlready_asksNobody() throws InterruptedException {
        Late late = new Late();
        ReadDoor door = new ReadDoor(late);
        CompletableFuture<@Nullable Void> fresh = door.fresh(Consistency.LINEARIZABLE, () -> LONG);
        for (int i = 0; i < 2; i++) {
            door.open(Wanted.NEWEST, Visibility.EVERYTHING, fresh).close();
            door.block(Wanted.NEWEST, fresh);
        }
        assertEquals(List.of("barrier"), late.calls);
        door.fresh(Consistency.ANY, () -> LONG);
        assertEquals(List.of("barrier"), late.calls);
    }

    @Test
    void open_refusedOrClosed_holdsNoSnapshot() throws InterruptedException {
        long before = node.store().openSnapshots();
        refusal(named(new BlockSelector.Number(1), 1, OTHER));
        refusal(Wanted.of(new BlockSelector.Number(9), Duration.ZERO));
        try (Reader reader =
                database.door().open(Wanted.of(new BlockSelector.Number(1), LONG), Visibility.EVERYTHING)) {
            assertEquals("{\"v\":1}", Edits.json(reader, "x", first));
        }
        Visibility failing = new Visibility() {
            @Override
            public boolean isEverything() {
                throw new IllegalStateException("a fault that was asked for");
            }

            @Override
            public boolean sees(StoredDocument document) {
                return true;
            }
        };
        assertThrows(IllegalStateException.class, () -> database.door().newest(failing));
        Edits.put(database, "w", null, "{}");
        assertEquals(before, node.store().openSnapshots());
    }

    @Test
    void parse_eachConsistency_isItself() {
        for (Consistency one : Consistency.values()) {
            assertSame(one, Consistency.parse(one.text()));
        }
        assertEquals(null, Consistency.parse("ANY"));
    }

    /** A replica that lags: what others acknowledged comes when the log is asked to make sure of it. */
    private final class Late implements ReadSource {
        private final List<String> calls = new ArrayList<>();
        private CompletableFuture<@Nullable Void> barrier = CompletableFuture.completedFuture(null);

        @Override
        public Committed newest() {
            MaintenanceView view = database.maintenance();
            return new Committed(view.row(), view.store());
        }

        @Override
        public FormerHead former() {
            return FormerHead.NONE;
        }

        @Override
        public CompletableFuture<@Nullable Void> acknowledged() {
            calls.add("barrier");
            Edits.put(database, "acknowledged-" + database.state().head().number(), null, "{}");
            return barrier;
        }

        @Override
        public void awaitBlock(long number, Duration patience) {}

        @Override
        public boolean settle(long timeMs, Duration patience) {
            return true;
        }
    }
}
