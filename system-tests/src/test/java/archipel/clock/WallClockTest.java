package archipel.clock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process sees the jump at once, whichever way it asks for the time, and its steady clock does not. */
final class WallClockTest {
    private static final long DAY_MS = Duration.ofDays(1).toMillis();

    @TempDir
    private Path directory;

    @Test
    void process_clockIsSet_seesItInAllWays() throws Exception {
        WallClock clock = WallClock.in(directory);
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        clock.flag(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Teller.class.getName())
                .redirectErrorStream(true)
                .start();
        try (PrintWriter in = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
                BufferedReader out =
                        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            assertIsAhead(in, out, 0);
            clock.set(DAY_MS);
            assertIsAhead(in, out, DAY_MS);
            clock.set(-DAY_MS);
            assertIsAhead(in, out, -DAY_MS);
        } finally {
            process.destroyForcibly();
        }
    }

    private static void assertIsAhead(PrintWriter in, BufferedReader out, long aheadMs) throws IOException {
        long beforeMs = System.currentTimeMillis();
        in.println("now");
        String line = out.readLine();
        long afterMs = System.currentTimeMillis();
        long[] told = Stream.of(line.split(" ")).mapToLong(Long::parseLong).toArray();
        for (int i = 0; i < 4; i++) {
            assertTrue(told[i] >= beforeMs + aheadMs && told[i] <= afterMs + aheadMs, line);
        }
        assertEquals(0, told[4], "the steady clock jumped");
    }

    /** Answers each line with the time, as it is told in several ways. */
    static final class Teller {
        public static void main(String... args) throws IOException {
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            long beganNs = System.nanoTime();
            while (in.readLine() != null) {
                System.out.println(System.currentTimeMillis() + " "
                        + Instant.now().toEpochMilli() + " "
                        + InstantSource.system().millis() + " " + new Date().getTime() + " "
                        + (System.nanoTime() - beganNs) / Duration.ofHours(1).toNanos());
            }
        }
    }
}
