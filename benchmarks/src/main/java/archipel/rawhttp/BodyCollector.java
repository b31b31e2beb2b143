package archipel.rawhttp;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Keeps a body whole, for samples that are checked and for the text of errors. */
public final class BodyCollector implements BodySink {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Override
    public void accept(byte[] slice, int offset, int length) {
        bytes.write(slice, offset, length);
    }

    public void reset() {
        bytes.reset();
    }

    public int size() {
        return bytes.size();
    }

    public byte[] toByteArray() {
        return bytes.toByteArray();
    }

    /** The body as text. */
    public String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
