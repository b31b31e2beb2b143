package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Block;
import archipel.changes.Digests;
import archipel.changes.FormerHead;
import archipel.command.DataCommand;
import archipel.command.DocumentEdit;
import archipel.command.HorizonPolicy;
import archipel.command.WriteResult;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.log.ForwardingMachine.ForwardingRound;
import archipel.log.StateMachine;
import archipel.read.BlockException;
import archipel.read.BlockSelector;
import archipel.read.Consistency;
import archipel.read.ReadDoor;
import archipel.read.ReadSource;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import archipel.read.Wanted.NamedBlock;
import archipel.storage.CatalogKeys;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which state the door opens, and with which error it opens none. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReadDoorTest {
    /** As long as no test has time for: where it is waited for, the test ends by its own limit. */
    private static final Duration LONG = Duration.ofHours(1);

    private static final byte[] OTHER = new byte[32];
    private static final InstantSource SYSTEM = InstantSource.system();

    @TempDir
    private Path data;

    // 0: the machine's.
    private volatile long nowMs;
    private volatile @Nullable Park park;
    private Node node;
    private Database database;
    private Revision first;

    @BeforeEach
    void open() {
        node = Node.open(
                data,
                NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS),
                Environment.of(() -> nowMs == 0 ? SYSTEM.instant() : Instant.ofEpochMilli(nowMs))
                        .withMachines((group, machine) -> group == CatalogKeys.DATA_GROUP
                                ? Machines.with(machine, (round, batch) -> new ParkingRound(round))
                                : machine));
        database = node.create("db");
        first = Edits.put(database, "x", null, "{\"v\":1}");
        Edits.put(database, "y", null, "{\"v\":2}");
    }

    @AfterEach
    void close() {
        Park open = park;
        if (open != null) {
            open.release.countDown();
        }
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

    /** The row is published before the epoch that it is part of: in between all go by what readers see. */
    @Test
    void open_publishedAndNotShown_waits() throws Exception {
        EventPosition position = node.position();
        long rules = database.rules();
        Park parked = park();
        CompletableFuture<WriteResult> write = write("_design/z", node.nowMs());
        parked.reached.await();
        try (Reader newest = database.door().newest(Visibility.EVERYTHING)) {
            assertEquals(2, newest.block().number());
            assertEquals(newest.block(), database.state().head());
            assertEquals(newest.position(), database.state().position());
            assertEquals(newest.rules(), database.rules());
        }
        assertFalse(database.awaitBlock(3, Duration.ZERO));
        assertFalse(database.awaitChange(2, Duration.ZERO));
        assertEquals(List.of(), node.eventsSince(position));
        assertFalse(node.awaitEvent(position, Duration.ZERO));
        FutureTask<Long> reader = inBackground(() -> number(new BlockSelector.AtLeast(3)));
        FutureTask<Boolean> event = inBackground(() -> node.awaitEvent(position, LONG));
        // As the one does that an earlier batch is owed.
        database.wake();
        assertWaits(reader);
        parked.release.countDown();
        assertEquals(3, reader.get());
        assertTrue(event.get());
        assertTrue(write.join().applied());
        assertEquals(3, database.state().head().number());
        assertTrue(database.rules() > rules);
    }

    /** Which block stood at a time is settled for good, also where a later one is published and not shown. */
    @Test
    void open_atATimeBetweenBlocksThatAreNotShown_isTheOneThatStays() throws Exception {
        long beginMs = database.state().head().timeMs() + 1000;
        Park first = park();
        write("a", beginMs + 10);
        first.reached.await();
        // One batch.
        write("b", beginMs + 20);
        write("c", beginMs + 40);
        Park second = park();
        first.release.countDown();
        second.reached.await();
        nowMs = beginMs + 50;
        FutureTask<Long> reader = inBackground(() -> number(new BlockSelector.At(beginMs + 30)));
        assertWaits(reader);
        second.release.countDown();
        assertEquals(4, reader.get());
        assertEquals(4, number(new BlockSelector.At(beginMs + 30)));
        assertEquals(5, database.state().head().number());
    }

    private long number(BlockSelector selector) throws InterruptedException {
        Wanted wanted = new Wanted(selector, List.of(), LONG, Consistency.ANY);
        try (Reader reader = database.door().open(wanted, Visibility.EVERYTHING)) {
            return reader.block().number();
        }
    }

    private static void assertWaits(FutureTask<?> task) {
        assertThrows(TimeoutException.class, () -> task.get(200, TimeUnit.MILLISECONDS));
    }

    private static <R> FutureTask<R> inBackground(Callable<R> work) {
        FutureTask<R> task = new FutureTask<>(work);
        Thread.ofVirtual().start(task);
        return task;
    }

    private CompletableFuture<WriteResult> write(String id, long timeMs) {
        DocumentEdit edit = Edits.update(id, null, false, "{}");
        return node.submitLater(
                database.group(),
                new DataCommand.WriteDocuments(
                        database.number(),
                        timeMs,
                        List.of(new DataCommand.Edit(
                                edit, Digests.of(edit.body().json()))),
                        false,
                        List.of(),
                        Database.ANY_RULES));
    }

    /** The next publications stay half done until it is released. */
    private Park park() {
        Park next = new Park(new CountDownLatch(1), new CountDownLatch(1));
        park = next;
        return next;
    }

    private record Park(CountDownLatch reached, CountDownLatch release) {
        void stay() {
            reached.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private final class ParkingRound extends ForwardingRound {
        ParkingRound(StateMachine.Round round) {
            super(round);
        }

        @Override
        public StateMachine.Publication commit() {
            StateMachine.Publication publication = super.commit();
            return () -> {
                publication.publish();
                Park here = park;
                if (here != null) {
                    here.stay();
                }
            };
        }
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
            late.leader = true;
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

    /** The leader has it, whoever may lead by now; another one has to ask. */
    @Test
    void open_asTheLeaderHasIt_asksUnlessThisNodeLeads() throws InterruptedException {
        Late late = new Late();
        ReadDoor door = new ReadDoor(late);
        Wanted wanted = new Wanted(BlockSelector.LATEST, List.of(), LONG, Consistency.LEADER);
        late.leader = true;
        door.open(wanted, Visibility.EVERYTHING).close();
        assertEquals(List.of(), late.calls);
        late.leader = false;
        try (Reader reader = door.open(wanted, Visibility.EVERYTHING)) {
            assertEquals(List.of("barrier"), late.calls);
            assertEquals(database.state().head().number(), reader.block().number());
        }
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
        @Override
        public String origin() {
            return "0123456789abcdef";
        }

        private final List<String> calls = new ArrayList<>();
        private boolean leader;
        private CompletableFuture<@Nullable Void> barrier = CompletableFuture.completedFuture(null);

        @Override
        public Committed newest() {
            Database.MaintenanceView view = database.maintenance();
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
        public boolean leads() {
            return leader;
        }

        @Override
        public void awaitBlock(long number, Duration patience) {}

        @Override
        public boolean settle(long timeMs, Duration patience) {
            return true;
        }
    }
}
