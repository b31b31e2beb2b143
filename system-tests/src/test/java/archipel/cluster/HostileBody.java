package archipel.cluster;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;

/**
 * A body that is made while it is sent.
 *
 * @param unit repeated between beginning and end, about as often as it takes to reach {@code bytes}
 * @param gzip whether it is compressed on its way, to a thousandth of its size
 */
record HostileBody(String begin, String unit, String end, long bytes, boolean gzip) {
    static HostileBody of(String begin, String unit, String end, long mebibytes) {
        return new HostileBody(begin, unit, end, mebibytes << 20, false);
    }

    HostileBody compressed() {
        return new HostileBody(begin, unit, end, bytes, true);
    }

    private long units() {
        return Math.max(1, (bytes - begin.length() - end.length()) / unit.length());
    }

    /** Bytes before compression. */
    long length() {
        return begin.length() + units() * unit.length() + end.length();
    }

    void writeTo(OutputStream out) throws IOException {
        if (gzip) {
            GZIPOutputStream compressing = new GZIPOutputStream(out, 1 << 16);
            writePlain(compressing);
            compressing.finish();
        } else {
            writePlain(out);
        }
    }

    private void writePlain(OutputStream out) throws IOException {
        out.write(begin.getBytes(StandardCharsets.UTF_8));
        long left = units();
        int many = Math.max(1, (64 << 10) / unit.length());
        byte[] block = unit.repeat(many).getBytes(StandardCharsets.UTF_8);
        while (left > 0) {
            int now = (int) Math.min(left, many);
            out.write(block, 0, block.length / many * now);
            left -= now;
        }
        out.write(end.getBytes(StandardCharsets.UTF_8));
    }
}
