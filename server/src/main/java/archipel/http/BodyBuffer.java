package archipel.http;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.memory.Allowance;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads a body into one array. Memory is taken from the {@link Allowance} of the thread as the bytes come, after
 * decompression: what a client announces, or what a few compressed bytes stand for, takes nothing before it is there.
 */
public final class BodyBuffer {
    private static final int FIRST_BYTES = 8 << 10;
    private static final int LARGEST_PIECE_BYTES = 1 << 20;
    /** An array of the announced length is made once this part of it has come: a quarter. */
    private static final int COMMITTED_PART = 4;

    private final InputStream in;
    private final Allowance memory = Allowance.current();
    private final List<byte[]> pieces = new ArrayList<>();
    private int size;

    private BodyBuffer(InputStream in) {
        this.in = in;
    }

    /**
     * All that comes.
     *
     * @param announced how much that will be; -1 where it is not known
     * @throws RequestException 413 where it is more than {@code maximum} bytes
     * @throws archipel.memory.MemoryLimitException where there is no memory for it
     */
    public static byte[] read(InputStream in, long announced, int maximum) throws IOException {
        if (announced > maximum) {
            throw new RequestException(ErrorCode.REQUEST_TOO_LARGE);
        }
        BodyBuffer buffer = new BodyBuffer(in);
        return announced < 0 ? buffer.readToTheEnd(maximum) : buffer.readAnnounced((int) announced);
    }

    private byte[] readAnnounced(int announced) throws IOException {
        // Refused at once where there is no room for it now.
        memory.hold(announced);
        memory.release(announced);
        while (announced > FIRST_BYTES && size < announced / COMMITTED_PART) {
            if (!piece(announced / COMMITTED_PART - size)) {
                return joined();
            }
        }
        memory.hold(announced);
        byte[] bytes = new byte[announced];
        copyTo(bytes);
        while (size < announced) {
            int read = in.read(bytes, size, announced - size);
            if (read < 0) {
                break;
            }
            size += read;
        }
        return bytes;
    }

    private byte[] readToTheEnd(int maximum) throws IOException {
        int left = maximum;
        while (piece(left)) {
            left = maximum - size;
            if (left == 0) {
                if (in.read() >= 0) {
                    throw new RequestException(ErrorCode.REQUEST_TOO_LARGE);
                }
                break;
            }
        }
        return joined();
    }

    /** Reads the next piece; false where that was the last one. */
    private boolean piece(int maximum) throws IOException {
        int length = Math.min(maximum, Math.clamp(size, FIRST_BYTES, LARGEST_PIECE_BYTES));
        memory.hold(length);
        byte[] piece = new byte[length];
        int read = in.readNBytes(piece, 0, length);
        pieces.add(read == length ? piece : Arrays.copyOf(piece, read));
        memory.release(length - read);
        size += read;
        return read == length;
    }

    private byte[] joined() {
        if (pieces.size() == 1) {
            return pieces.getFirst();
        }
        memory.hold(size);
        byte[] bytes = new byte[size];
        copyTo(bytes);
        return bytes;
    }

    private void copyTo(byte[] bytes) {
        int at = 0;
        for (byte[] piece : pieces) {
            System.arraycopy(piece, 0, bytes, at, piece.length);
            at += piece.length;
        }
        pieces.clear();
        memory.release(at);
    }
}
