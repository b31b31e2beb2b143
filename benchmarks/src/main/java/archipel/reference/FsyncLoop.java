package archipel.reference;

import archipel.report.Round;
import archipel.report.Ticks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.HdrHistogram.Histogram;

/** Appends to a file, each made durable before the next: as many single writes as this disk can acknowledge at all. */
public final class FsyncLoop {
    /** What the log of one 1 KB document comes to. */
    public static final int APPEND_BYTES = 1200;

    private FsyncLoop() {}

    /** @param directory on the disk to be measured */
    public static Round run(Path directory, Duration duration) throws IOException {
        Histogram latencies = Round.histogram();
        ByteBuffer bytes = ByteBuffer.allocateDirect(APPEND_BYTES);
        Path file = directory.resolve("fsync.log");
        long cpu = Ticks.ownCpuNs();
        long start = Ticks.now();
        long before = start;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            do {
                bytes.clear();
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(false);
                long after = Ticks.now();
                latencies.recordValue(after - before);
                before = after;
            } while (before - start < duration.toNanos());
        }
        return new Round(latencies, latencies.getTotalCount(), before - start, Ticks.ownCpuNs() - cpu, 0);
    }
}
