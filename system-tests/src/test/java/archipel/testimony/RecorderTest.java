package archipel.testimony;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RecorderTest {
    @TempDir
    private Path directory;

    /** One event of each kind. */
    private static List<Event> all() {
        Row row = Tale.row("a", 1, "w.1");
        return new Tale()
                .write(Tale.block(1), "w.1", Tale.done("a", 1, "w.1"), Tale.refused("b", 1))
                .document("p", new Ask.AtLeast(1), Tale.block(1), row)
                .pages(Tale.pin(1), Tale.block(1), 1, row)
                .feed("p", new Ask.Pinned("1"), Tale.block(1), "0", "1-x", Tale.change(1, row))
                .chain(Tale.link(1, 1, 1))
                .bytes("GET /a", Tale.pin(1), Tale.block(1), "d", "\"e\"")
                .refusal("p", Tale.pin(0), 410, "block_pruned", 1L)
                .event("p", "GET", Ask.LATEST, 0, null, null, null, new Seen.Lost("gone"))
                .event("", "", Ask.LATEST, 0, null, null, null, new Seen.Mark(Seen.Mark.BACK))
                .events();
    }

    private static List<Event> read(Path file) {
        List<Event> events = new ArrayList<>();
        Recording.of(file).each((event, _) -> events.add(event));
        return events;
    }

    @Test
    void lines_ofEveryKind_areReadAsTheyWereWritten() throws IOException {
        Path file = directory.resolve("record");
        Files.write(file, all().stream().map(Lines::write).toList());
        assertEquals(all(), read(file));
    }

    @Test
    void recording_lastLineCutOff_isLeftOut() throws IOException {
        Path file = directory.resolve("record");
        String line = Lines.write(all().getFirst());
        Files.writeString(file, line + "\n" + line.substring(0, line.length() - 5));
        assertEquals(List.of(all().getFirst()), read(file));
    }

    @Test
    void recording_lineThatIsNoEvent_isRefused() throws IOException {
        Path file = directory.resolve("record");
        Files.writeString(file, "{}\n{\"begin\":true}\n");
        assertThrows(IllegalArgumentException.class, () -> read(file));
    }

    @Test
    void add_anyNumberOfThreads_linesStandInTheOrderOfTheirEnds() throws IOException, InterruptedException {
        Path file = directory.resolve("record");
        try (OutputStream out = Files.newOutputStream(file);
                Recorder recorder = new Recorder(out)) {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                String client = "c" + i;
                threads.add(Thread.ofVirtual().start(() -> {
                    for (int n = 0; n < 50; n++) {
                        recorder.add(
                                recorder.begin(),
                                client,
                                "GET",
                                Ask.LATEST,
                                200,
                                Tale.block(7),
                                null,
                                "d",
                                new Seen.Again());
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(400, recorder.events());
            assertEquals(7, recorder.highest());
        }
        assertEquals(400, read(file).size());
        assertEquals(
                List.of(),
                List.copyOf(Analyser.analyse(Recording.of(file), true).counts().keySet()));
    }
}
