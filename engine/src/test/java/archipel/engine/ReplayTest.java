package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Digests;
import archipel.command.AnswerCodec;
import archipel.command.Command;
import archipel.command.DataCommand;
import archipel.command.DocumentEdit;
import archipel.command.GroupCommand;
import archipel.command.Lease;
import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.engine.Machines.Replica;
import archipel.engine.Machines.Replica.Entry;
import archipel.log.LogPosition;
import archipel.log.StateMachine;
import archipel.storage.CatalogKeys;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
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
}
