package archipel.attachments;

import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/** Counts how long encoded content is once decoded, as it passes. */
public final class DecodedLength implements AutoCloseable {
    private static final int GZIP_HEADER = 10;

    private final @Nullable Inflater inflater;
    private final byte[] sink = new byte[8 << 10];
    private final byte[] header = new byte[GZIP_HEADER];
    private int headerBytes;
    private boolean readable = true;

    private DecodedLength(@Nullable Inflater inflater) {
        this.inflater = inflater;
    }

    public static DecodedLength of(@Nullable String encoding) {
        return new DecodedLength("gzip".equals(encoding) ? new Inflater(true) : null);
    }

    public void update(byte[] bytes) {
        if (inflater == null || !readable || inflater.finished()) {
            return;
        }
        int at = 0;
        while (headerBytes < GZIP_HEADER && at < bytes.length) {
            header[headerBytes++] = bytes[at++];
        }
        if (headerBytes < GZIP_HEADER) {
            return;
        }
        // Headers with optional fields are not followed: such content counts as long as it is stored.
        if ((header[0] & 255) != 0x1f || (header[1] & 255) != 0x8b || header[3] != 0) {
            readable = false;
            return;
        }
        inflater.setInput(bytes, at, bytes.length - at);
        try {
            while (!inflater.needsInput() && !inflater.finished()) {
                if (inflater.inflate(sink) == 0 && inflater.needsDictionary()) {
                    readable = false;
                    return;
                }
            }
        } catch (DataFormatException e) {
            readable = false;
        }
    }

    /** The decoded length; the stored one where the content is not what its encoding says. */
    public long length(long stored) {
        return inflater != null && readable && inflater.finished() ? inflater.getBytesWritten() : stored;
    }

    @Override
    public void close() {
        if (inflater != null) {
            inflater.end();
        }
    }
}
