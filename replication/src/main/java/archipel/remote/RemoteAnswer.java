package archipel.remote;

import archipel.memory.Allowance;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** An answer whose head is there and whose body comes; to be closed, which breaks off what was not read. */
public interface RemoteAnswer extends AutoCloseable {
    /** What {@link #drain} reads at the most. */
    int DRAINED_BYTES = 64 << 10;

    int status();

    /** The first field of that name; null where there is none. */
    @Nullable
    String header(String name);

    /**
     * The body as it comes. Reading fails with a {@link RemoteException} where the connection ends before the body
     * does, or where nothing comes for as long as the request said.
     */
    InputStream body();

    /** May be called by any thread, and ends whatever waits for the body. */
    @Override
    void close();

    /** Reads what is left of a short body, so that the connection can be used again. */
    default void drain() {
        try {
            byte[] piece = new byte[8192];
            int read = 0;
            for (int left = DRAINED_BYTES; left > 0 && read >= 0; left -= Math.max(0, read)) {
                read = body().read(piece);
            }
        } catch (IOException e) {
            close();
        }
    }

    default boolean isSuccess() {
        return status() >= 200 && status() < 300;
    }

    /**
     * The whole body, held in memory that is taken from the thread's {@link Allowance}.
     *
     * @param most bytes
     * @throws RemoteException {@code MALFORMED} for a longer one
     */
    default byte[] bytes(int most) throws IOException {
        byte[] buffer = new byte[Math.min(most, 8192)];
        int size = 0;
        while (true) {
            int read = body().read(buffer, size, buffer.length - size);
            if (read < 0) {
                return Arrays.copyOf(buffer, size);
            }
            size += read;
            if (size == buffer.length) {
                if (size >= most) {
                    if (body().read() >= 0) {
                        throw new RemoteException(
                                RemoteException.Kind.MALFORMED, "an answer of more than " + most + " bytes", null);
                    }
                    return buffer;
                }
                int longer = (int) Math.min(most, 2L * size);
                Allowance.current().pass(2L * longer);
                buffer = Arrays.copyOf(buffer, longer);
            }
        }
    }
}
