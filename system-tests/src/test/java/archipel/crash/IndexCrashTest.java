package archipel.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.engine.Checker;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.index.IndexReader;
import archipel.index.RowCursor;
import archipel.read.BlockSelector;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import archipel.testkit.Directories;
import archipel.view.IndexKeeper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a process that builds indexes at random instants, again and again on the same data. */
class IndexCrashTest {
    private static final int KILLS = Integer.getInteger("index.kills", 5);
    private static final long SEED = Long.getLong("seed", 1);

    @TempDir
    private Path directory;

    @Test
    void killedAtAnyInstant_indexesAnswerAsIfTheyWereBuiltAnew() throws IOException, InterruptedException {
        SplittableRandom random = new SplittableRandom(SEED);
        Path data = directory.resolve("data");
        int goneOn = 0;
        for (int round = 1; round <= KILLS; round++) {
            killed(data, round, random.nextInt(2_500));
            String which = "after kill " + round + " with -Dseed=" + SEED;
            assertEquals(List.of(), Checker.check(data), which);
            Answers kept = answers(data);
            goneOn += kept.known ? 1 : 0;
            Path anew = directory.resolve("anew");
            Directories.copy(data, anew);
            Directories.delete(anew.resolve("index"));
            assertEquals(answers(anew).rows, kept.rows, which);
            assertEquals(List.of(), Checker.check(data), which);
            Directories.delete(anew);
        }
        int most = goneOn;
        assertTrue(most > KILLS / 3, () -> "only " + most + " times an index was left that could be gone on with");
    }

    private static void killed(Path data, int round, long delayMs) throws IOException, InterruptedException {
        Process process = IndexWriterProcess.start(data, round);
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            assertEquals("ready", out.readLine(), "the writer did not start");
            TimeUnit.MILLISECONDS.sleep(delayMs);
            process.toHandle().destroyForcibly();
            assertEquals(128 + 9, process.waitFor(), "killed by signal 9");
        }
    }

    /** @param known whether there was an index with rows before it was asked for */
    private record Answers(Map<String, List<String>> rows, boolean known) {}

    private static Answers answers(Path data) throws InterruptedException {
        Map<String, List<String>> all = new HashMap<>();
        try (Node node = Node.open(data, IndexWriterProcess.options());
                IndexKeeper keeper = new IndexKeeper(InstantSource.system())) {
            Database database = node.database(IndexWriterProcess.DATABASE);
            boolean known = database.indexes().states().stream().anyMatch(state -> state.block() > 0);
            long head = database.state().head().number();
            for (NumberIndex index : List.of(NumberIndex.FIRST, NumberIndex.SECOND)) {
                for (long block : List.of(head, Math.max(1, head / 2))) {
                    all.put(index + " at " + block, rows(keeper, database, index, block));
                }
            }
            return new Answers(all, known);
        }
    }

    private static List<String> rows(IndexKeeper keeper, Database database, NumberIndex index, long block)
            throws InterruptedException {
        List<String> found = new ArrayList<>();
        Wanted wanted = Wanted.of(new BlockSelector.Number(block), Duration.ZERO);
        try (Reader documents = database.door().open(wanted, Visibility.EVERYTHING);
                IndexReader reader = keeper.open(database, documents, index);
                RowCursor rows = reader.rows(0, null, null, false)) {
            while (rows.next()) {
                found.add(rows.row().id() + " " + new String(rows.row().key(), StandardCharsets.UTF_8) + " "
                        + new String(rows.row().value(), StandardCharsets.UTF_8));
            }
            assertEquals(found.size(), reader.count(0, null, null));
        }
        return found;
    }
}
