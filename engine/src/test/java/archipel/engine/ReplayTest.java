package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Digests;
import archipel.changes.FormerHead;
import archipel.command.AnswerCodec;
import archipel.command.Command;
import archipel.command.DataCommand;
import archipel.command.DocumentEdit;
import archipel.command.GroupCommand;
import archipel.command.GroupCommand.Once;
import archipel.command.Lease;
import archipel.command.Outcome;
import archipel.command.SystemCommand;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.engine.Machines.Replica;
import archipel.engine.Machines.Replica.Entry;
import archipel.log.LogPosition;
import archipel.log.StateMachine;
import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.MemoryStore;
import archipel.storage.StorageException;
import archipel.storage.Store;
import archipel.testkit.JavaProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A group whose log is elsewhere needs none in the store: what a kill takes from the store the log has still. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReplayTest {
    private static final int KILLS = Integer.getInteger("replay.kills", 5);
    private static final long SEED = Long.getLong("seed", 1);

    @TempDir
    private Path directory;

    @Test
    void killedAtAnyInstant_replayFromWhatIsStored_givesTheRowsOfATwin() throws Exception {
        SplittableRandom random = new SplittableRandom(SEED);
        Path data = directory.resolve("data");
        long reached = 0;
        long lost = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            long applied = kill(data, random.nextInt(100, 400));
            try (Replica replica = ReplayWriter.open(data)) {
                long stored = replica.machine(1).stored().index();
                assertTrue(stored >= reached, stored + " after " + reached + " with -Dseed=" + SEED);
                assertEquals(stored, replica.machine(1).persisted().index());
                lost += applied - stored;
                reached = stored;
            }
        }
        assertTrue(lost > 0, "nothing was in memory alone");
        assertTrue(reached > 0, "nothing came to files");
        try (Replica replica = ReplayWriter.open(data);
                Replica twin = new Replica(directory.resolve("twin"), FormatVersion.V4)) {
            for (long index = 1; index <= reached; index++) {
                twin.apply(ReplayWriter.entry(SEED, index));
            }
            assertEquals(twin.rows(), replica.rows(), "with -Dseed=" + SEED);
            for (long index = reached + 1; index <= reached + 100; index++) {
                Entry entry = ReplayWriter.entry(SEED, index);
                assertArrayEquals(AnswerCodec.encode(twin.apply(entry)), AnswerCodec.encode(replica.apply(entry)));
            }
            assertEquals(twin.rows(), replica.rows());
        }
    }

    /** How far it says it has come. */
    private static long kill(Path data, int lines) throws IOException, InterruptedException {
        Process process = JavaProcess.start(ReplayWriter.class, data, SEED);
        long applied = 0;
        int seen = 0;
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                applied = Long.parseLong(line);
                if (++seen == lines) {
                    process.toHandle().destroyForcibly();
                }
            }
        }
        assertEquals(128 + 9, process.waitFor(), "killed by signal 9");
        return applied;
    }

    /** As a replicated log takes its snapshots, and brings them to a member that is behind. */
    @Test
    void load_whatAnotherHasSaved_isItsStateThenAndIsNotLoadedTwice() {
        Path saved = directory.resolve("saved");
        try (Replica replica = ReplayWriter.open(directory.resolve("first"));
                Replica behind = ReplayWriter.open(directory.resolve("second"))) {
            applyUpTo(replica, 50);
            try (StateMachine.Saved state = replica.machine(1).save()) {
                applyUpTo(replica, 60);
                assertEquals(50, state.position().index());
                state.write(saved);
            }
            applyUpTo(behind, 20);
            assertNotNull(behind.machine(1).load(saved));
            assertEquals(50, behind.machine(1).stored().index());
            assertNull(behind.machine(1).load(saved));
            assertNull(replica.machine(1).load(saved));
            applyUpTo(behind, 60);
            assertEquals(replica.rows(), behind.rows());
            StateMachine.Codec codec = behind.machine(1).codec();
            Command<?> compact = new DataCommand.Compact(1);
            assertEquals(compact, codec.decode(codec.encode(compact)));
        }
    }

    private static void applyUpTo(Replica replica, long last) {
        for (long index = replica.machine(1).stored().index() + 1; index <= last; index++) {
            replica.apply(ReplayWriter.entry(SEED, index));
        }
    }

    @Test
    void apply_aCommandThatWasApplied_isAFault() {
        try (Replica replica = ReplayWriter.open(directory)) {
            applyUpTo(replica, 5);
            assertThrows(IllegalStateException.class, () -> replica.apply(ReplayWriter.entry(SEED, 5)));
            applyUpTo(replica, 6);
        }
    }

    @Test
    void persisted_untilItIsWrittenToFiles_isBehind() {
        try (Replica replica = ReplayWriter.open(directory)) {
            for (long index = 1; index <= 5; index++) {
                replica.apply(ReplayWriter.entry(SEED, index));
            }
            assertEquals(new LogPosition(5, 1), replica.machine(1).stored());
            assertEquals(LogPosition.START, replica.machine(1).persisted());
            replica.machine(1).persist();
            assertEquals(new LogPosition(5, 1), replica.machine(1).persisted());
            replica.apply(Entry.of(1, 6, 1, new DataCommand.Compact(1), FormatVersion.V4));
            assertEquals(5, replica.machine(1).persisted().index());
            byte[] position = replica.store().get(Family.CATALOG, new CatalogKeys(1).position());
            assertEquals(6, Catalog.position(position).index());
        }
    }

    /**
     * Applies the commands of a log that follows from a seed to a store without a journal, from behind what the store
     * has, in rounds of several, and says how far it has come. To be killed.
     */
    static final class ReplayWriter {
        static final int DATABASE = 1;
        private static final int ROUND = 7;

        private ReplayWriter() {}

        public static void main(String[] arguments) {
            long seed = Long.parseLong(arguments[1]);
            try (Replica replica = open(Path.of(arguments[0]))) {
                long index = replica.machine(1).stored().index();
                while (true) {
                    List<Entry> round = new ArrayList<>();
                    for (int i = 0; i < ROUND; i++) {
                        round.add(entry(seed, ++index));
                    }
                    replica.applyTogether(round);
                    System.out.println(index);
                }
            }
        }

        /** A store whose batches are nowhere but in memory until it is written to files, which is soon. */
        static Replica open(Path directory) {
            return new Replica(Store.open(directory, 1 << 20, 1 << 20, Store.Journal.NONE), FormatVersion.V4);
        }

        /** The command at an index, the same however often it is asked for. */
        static Entry entry(long seed, long index) {
            return Entry.of(
                    1, index, 1, command(new SplittableRandom(seed * 1_000_003 + index), index), FormatVersion.V4);
        }

        private static Command<?> command(SplittableRandom random, long index) {
            if (index == 1) {
                return new GroupCommand.RaiseFormat(FormatVersion.V4.number());
            }
            if (index == 2) {
                return new DataCommand.CreateDatabase(DATABASE, "beef", 5, 1000, 1000);
            }
            long timeMs = 1_000_000 + index;
            return switch (random.nextInt(10)) {
                case 0 ->
                    new DataCommand.WriteLocal(
                            DATABASE, "l" + random.nextInt(5), body(random).json());
                case 1 ->
                    new DataCommand.Purge(
                            DATABASE,
                            timeMs,
                            List.of(new DataCommand.PurgedLeaves(
                                    id(random), List.of(revision(random)), "uuid" + index)));
                case 2 -> new DataCommand.RaiseHorizon(DATABASE, Math.max(0, index / 2));
                case 3 ->
                    new DataCommand.StageChunk(
                            DATABASE, index, 0, new byte[random.nextInt(6000)], new Lease("n/1", timeMs));
                default ->
                    new DataCommand.WriteDocuments(
                            DATABASE,
                            timeMs,
                            List.of(edit(random), edit(random)),
                            false,
                            List.of(),
                            DataCommand.ANY_RULES);
            };
        }

        private static DataCommand.Edit edit(SplittableRandom random) {
            Revision revision = revision(random);
            DocumentBody body = body(random);
            List<String> hashes = revision.generation() == 1 ? List.of(revision.hash()) : List.of(revision.hash(), "a");
            return new DataCommand.Edit(
                    new DocumentEdit.Replicated(
                            id(random), new RevisionPath(revision.generation(), hashes), random.nextInt(8) == 0, body),
                    Digests.of(body.json()));
        }

        private static Revision revision(SplittableRandom random) {
            return new Revision(1 + random.nextInt(3), String.valueOf((char) ('a' + random.nextInt(3))));
        }

        private static String id(SplittableRandom random) {
            return "d" + random.nextInt(60);
        }

        private static DocumentBody body(SplittableRandom random) {
            return new DocumentBody(Edits.bytes("{\"t\":\"" + "y".repeat(random.nextInt(3000)) + "\"}"), List.of());
        }
    }

    /** Commands that a log delivers twice, at two positions: it did not know what had become of the first one. */
    @Nested
    class Resent {
        private static final long ORIGIN = 0xfedc_ba98_7654_3210L;

        private final MemoryStore store = MemoryStore.open();
        private Replica replica = new Replica(store, FormatVersion.NEWEST);
        private long index;

        @BeforeEach
        void raise() {
            for (int group : Machines.GROUPS) {
                GroupCommand.RaiseFormat raise = new GroupCommand.RaiseFormat(FormatVersion.V6.number());
                replica.apply(Entry.of(group, ++index, 1, raise, FormatVersion.V3));
            }
        }

        @AfterEach
        void close() {
            assertEquals(List.of(), Checker.check(store));
            store.close();
        }

        private void restart() {
            replica = new Replica(store, FormatVersion.NEWEST);
        }

        private Entry entry(Command<?> command) {
            return Entry.of(0, ++index, 1, command, FormatVersion.V6);
        }

        private Entry once(long run, long number, long settled, Command<?> command) {
            return entry(new Once<>(ORIGIN, run, number, settled, command));
        }

        /** What a command of run 1 is refused with, before which nothing is settled; null where it was applied. */
        private @Nullable ErrorCode send(long number, Command<?> command) {
            return refusal(replica.apply(once(1, number, 0, command)));
        }

        private static @Nullable ErrorCode refusal(Outcome<?> outcome) {
            return outcome instanceof Outcome.Refused<?> refused ? refused.code() : null;
        }

        private static Command<?> put(String value) {
            return new SystemCommand.PutFact("k", value);
        }

        private @Nullable String fact() {
            return SystemCatalog.facts(store).get("k");
        }

        private byte @Nullable [] row() {
            return store.get(Family.CATALOG, new CatalogKeys(0).origin(ORIGIN));
        }

        @Test
        void apply_afterItWasApplied_isRefused() {
            assertNull(send(1, put("first")));
            assertNull(send(2, put("second")));
            assertEquals(ErrorCode.APPLIED_BEFORE, send(1, put("first")));
            assertEquals("second", fact());
            restart();
            assertEquals(ErrorCode.APPLIED_BEFORE, send(1, put("first")));
            assertEquals(ErrorCode.APPLIED_BEFORE, send(2, put("second")));
            assertEquals("second", fact());
            assertNull(send(3, put("third")));
            assertNull(refusal(replica.apply(entry(put("of nobody")))), "without a number");
        }

        /** Its sender was told that it was refused. */
        @Test
        void apply_afterItWasRefused_isRefusedThoughItCouldBeAppliedNow() {
            Command<?> drop = new SystemCommand.DropDatabase("db", 1, FormerHead.NONE);
            assertEquals(ErrorCode.NO_DATABASE, send(1, drop));
            replica.apply(entry(new SystemCommand.ReserveDatabase(1, Lease.NONE)));
            replica.apply(Entry.of(
                    1, ++index, 1, new DataCommand.CreateDatabase(1, "beef", 5, 1000, 1000), FormatVersion.V6));
            replica.apply(entry(new SystemCommand.NameDatabase(1, "db", false, FormerHead.NONE)));
            assertEquals(ErrorCode.APPLIED_BEFORE, send(1, drop));
            assertNotNull(replica.machine(0).system().find("db"));
        }

        @Test
        void apply_afterAFaultOfTheNode_isApplied() {
            // There is no such group here.
            Command<?> faulty = new SystemCommand.ReserveDatabase(9, Lease.NONE);
            assertThrows(IllegalStateException.class, () -> send(1, faulty));
            assertNull(row());
            try (Batch batch = store.batch()) {
                StateMachine.Round round = replica.machine(0).begin(batch);
                LogPosition position = new LogPosition(++index, 1);
                Once<?> failing = new Once<>(ORIGIN, 1, 1, 0, faulty);
                assertThrows(IllegalStateException.class, () -> round.apply(position, failing, false));
                Once<?> again = new Once<>(ORIGIN, 1, 1, 0, put("mended"));
                assertEquals(new Outcome.Done<>(null), round.apply(position, again, false));
                LogPosition next = new LogPosition(++index, 1);
                assertEquals(ErrorCode.APPLIED_BEFORE, refusal(round.apply(next, again, true)));
                round.write();
                store.commit(batch);
                round.commit();
            }
            assertEquals("mended", fact());
        }

        @Test
        void apply_afterARoundThatCameToNothing_isApplied() {
            assertNull(send(1, put("first")));
            try (Batch batch = store.batch()) {
                StateMachine.Round round = replica.machine(0).begin(batch);
                LogPosition position = new LogPosition(index + 1, 1);
                round.apply(position, new Once<>(ORIGIN, 1, 2, 0, put("second")), true);
                round.write();
                round.rollback();
            }
            assertEquals("first", fact());
            assertNull(send(2, put("second")));
        }

        @Test
        void apply_beforeWhatItComesAfter_isRefusedAndNotSeen() {
            assertEquals(ErrorCode.OUT_OF_ORDER, refusal(replica.apply(once(1, 2, 1, put("2")))));
            assertNull(row());
            assertNull(send(1, put("1")));
            assertEquals(ErrorCode.OUT_OF_ORDER, refusal(replica.apply(once(1, 3, 2, put("3")))));
            restart();
            assertEquals("1", fact());
            assertNull(refusal(replica.apply(once(1, 2, 1, put("2")))));
            assertNull(refusal(replica.apply(once(1, 3, 2, put("3")))));
            assertEquals("3", fact());
            assertEquals(
                    ErrorCode.OUT_OF_ORDER,
                    refusal(replica.apply(once(2, 4, 3, put("4")))),
                    "of what another run has sent");
        }

        @Test
        void apply_ofALaterRun_endsTheFormer() {
            assertNull(send(1, put("former")));
            assertNull(refusal(replica.apply(once(2, 1, 0, put("later")))));
            assertEquals(ErrorCode.FORMER_RUN, send(1, put("former")));
            assertEquals(ErrorCode.FORMER_RUN, send(2, put("former")));
            restart();
            assertEquals(ErrorCode.FORMER_RUN, send(3, put("former")));
            assertEquals(ErrorCode.APPLIED_BEFORE, refusal(replica.apply(once(2, 1, 0, put("again")))));
            assertEquals("later", fact());
            Once<?> other = new Once<>(7, 1, 1, 0, put("of another"));
            assertNull(refusal(replica.apply(entry(other))), "each origin has runs of its own");
        }

        @Test
        void apply_whatAnotherHasPassed_isRefused() {
            assertNull(send(2, put("2")));
            assertNull(refusal(replica.apply(once(1, 10, 2, put("10")))));
            for (long number = 1; number <= 10; number++) {
                assertEquals(ErrorCode.APPLIED_BEFORE, send(number, put("late")));
            }
            assertEquals("10", fact());
            assertEquals(2, row().length, "a run and a number");
        }

        @Test
        void apply_aDutyOfAFormerTerm_countsAsSeen() {
            assertEquals(ErrorCode.STALE_TERM, send(1, new GroupCommand.Duty<>(2, put("duty"))));
            assertEquals(ErrorCode.APPLIED_BEFORE, send(1, new GroupCommand.Duty<>(1, put("duty"))));
            assertNull(send(2, new GroupCommand.Duty<>(1, put("duty"))));
            assertEquals("duty", fact());
        }

        /** Where a node's rounds end must not be seen in the rows. */
        @Test
        void apply_inOneRound_writesWhatSingleRoundsWrite() {
            List<Entry> entries = new ArrayList<>();
            SplittableRandom random = new SplittableRandom(SEED);
            for (int i = 0; i < 200; i++) {
                long run = i / 60;
                long number = random.nextLong(1, 40);
                entries.add(
                        i % 50 == 49
                                ? entry(new GroupCommand.ForgetOrigin(ORIGIN))
                                : once(run, number, random.nextLong(number), put("" + i)));
            }
            List<Outcome<?>> single = entries.stream().map(replica::apply).toList();
            try (MemoryStore other = MemoryStore.open()) {
                Replica together = new Replica(other, FormatVersion.NEWEST);
                for (int group : Machines.GROUPS) {
                    GroupCommand.RaiseFormat raise = new GroupCommand.RaiseFormat(FormatVersion.V6.number());
                    together.apply(Entry.of(group, group + 1, 1, raise, FormatVersion.V3));
                }
                List<Outcome<?>> outcomes = new ArrayList<>();
                for (int from = 0; from < entries.size(); from += 25) {
                    outcomes.addAll(together.applyTogether(entries.subList(from, from + 25)));
                }
                assertEquals(single, outcomes);
                assertEquals(replica.rows(), together.rows());
            }
        }

        @Test
        void load_anImage_hasWhatWasSeen() {
            Path saved = directory.resolve("saved");
            send(1, put("first"));
            try (StateMachine.Saved state = replica.machine(0).save()) {
                state.write(saved);
            }
            send(2, put("second"));
            try (Replica behind = new Replica(directory.resolve("behind"), FormatVersion.NEWEST)) {
                assertNotNull(behind.machine(0).load(saved));
                Entry again = Entry.of(0, 100, 1, new Once<>(ORIGIN, 1, 1, 0, put("again")), FormatVersion.V6);
                assertEquals(ErrorCode.APPLIED_BEFORE, refusal(behind.apply(again)));
                Entry missed = Entry.of(0, 101, 1, new Once<>(ORIGIN, 1, 2, 1, put("second")), FormatVersion.V6);
                assertNull(refusal(behind.apply(missed)));
            }
        }

        @Test
        void forget_anOrigin_takesItsRowAway() {
            send(1, put("first"));
            assertNotNull(row());
            replica.apply(entry(new GroupCommand.ForgetOrigin(ORIGIN)));
            assertNull(row());
            replica.apply(entry(new GroupCommand.ForgetOrigin(ORIGIN)));
            assertEquals(FormatVersion.V6, replica.machine(0).codec().format());
            restart();
            assertNull(send(1, put("of a new one")));
        }

        /** No log has such bytes; a log on the same node needs none. */
        @Test
        void apply_inAGroupOfAnEarlierFormat_isRefused() {
            try (Replica former = new Replica(directory.resolve("former"), FormatVersion.V6)) {
                Entry once = Entry.of(0, 1, 1, new Once<>(ORIGIN, 1, 1, 0, put("x")), FormatVersion.V6);
                assertEquals(ErrorCode.FORMAT_TOO_OLD, refusal(former.apply(once)));
                Entry forget = Entry.of(0, 2, 1, new GroupCommand.ForgetOrigin(ORIGIN), FormatVersion.V6);
                assertEquals(ErrorCode.FORMAT_TOO_OLD, refusal(former.apply(forget)));
            }
        }

        @Test
        void check_aDamagedWindow_isFound() {
            byte[] key = new CatalogKeys(1).origin(ORIGIN);
            try (Batch batch = store.batch()) {
                batch.put(Family.CATALOG, key, new byte[] {1, 0});
                store.commit(batch);
            }
            assertEquals(
                    List.of("catalog: group 1: a window of commands: run 1 has come to number 0"),
                    Checker.check(store));
            assertThrows(StorageException.class, this::restart);
            try (Batch batch = store.batch()) {
                batch.put(Family.CATALOG, key, new byte[] {1, 1});
                batch.put(Family.CATALOG, new CatalogKeys(1).format(), new byte[] {5});
                store.commit(batch);
            }
            assertEquals(
                    List.of("catalog: group 1 has windows of commands, which its format has not"),
                    Checker.check(store));
            try (Batch batch = store.batch()) {
                batch.delete(Family.CATALOG, key);
                store.commit(batch);
            }
        }
    }
}
