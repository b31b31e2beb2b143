package archipel.reference;

import archipel.report.Repeat;
import archipel.report.Round;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/** Appends to a file, each made durable before the next: as many single writes as this disk can acknowledge at all. */
public final class FsyncLoop {
    /** What the log of one 1 KB document comes to. */
    public static final int APPEND_BYTES = 1200;

    private FsyncLoop() {}

    /** @param directory on the disk to be measured */
    public static Round run(Path directory, Duration duration) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(APPEND_BYTES);
        Path file = directory.resolve("fsync.log");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            return Repeat.<IOException>run(duration, () -> {
                bytes.clear();
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(false);
                return 1;
            });
        }
    }
}
