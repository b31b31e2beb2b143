package archipel.clock;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What is called in the place of the system's wall clock, from all classes of the process. */
public final class ShiftedClock {
    private static volatile @Nullable MappedByteBuffer offset;

    private ShiftedClock() {}

    /** @param file whose first eight bytes say how many milliseconds the clock is ahead, from one moment to the next */
    static void follow(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            offset = channel.map(MapMode.READ_ONLY, 0, Long.BYTES);
        }
    }

    /** For {@link System#currentTimeMillis}. */
    public static long currentTimeMillis() {
        MappedByteBuffer ahead = offset;
        return System.currentTimeMillis() + (ahead == null ? 0 : ahead.getLong(0));
    }

    /** For {@code java.time.Clock.currentInstant}, by which all of {@code java.time} knows the time. */
    public static Instant currentInstant() {
        return Instant.ofEpochMilli(currentTimeMillis());
    }
}
