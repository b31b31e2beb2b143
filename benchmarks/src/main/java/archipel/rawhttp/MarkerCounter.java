package archipel.rawhttp;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Counts how often a marker stands in a body, whatever the slices it comes in: the rows of a feed, without parsing
 * them. The marker must not overlap itself. A long one is cheap: the search (Horspool 1980) steps by up to its length.
 */
public final class MarkerCounter implements BodySink {
    private final byte[] marker;
    private final int[] steps = new int[256];
    /** The last bytes seen, at most one less than the marker's, then room for as many of the next slice. */
    private final byte[] seam;

    private int carried;
    private long count;
    private long bytes;

    public MarkerCounter(String marker) {
        this.marker = marker.getBytes(StandardCharsets.UTF_8);
        if (this.marker.length < 2) {
            throw new IllegalArgumentException("a marker has at least two bytes");
        }
        int last = this.marker.length - 1;
        Arrays.fill(steps, this.marker.length);
        for (int i = 0; i < last; i++) {
            steps[this.marker[i] & 0xff] = last - i;
        }
        seam = new byte[2 * last];
    }

    @Override
    public void accept(byte[] slice, int offset, int length) {
        bytes += length;
        int keep = marker.length - 1;
        if (carried > 0) {
            int joined = Math.min(length, keep);
            System.arraycopy(slice, offset, seam, carried, joined);
            count += countIn(seam, 0, carried + joined);
        }
        count += countIn(slice, offset, length);
        carry(slice, offset, length, keep);
    }

    private void carry(byte[] slice, int offset, int length, int keep) {
        if (length >= keep) {
            System.arraycopy(slice, offset + length - keep, seam, 0, keep);
            carried = keep;
            return;
        }
        // A short slice is whole in the seam already, if something was carried; keep the newest bytes of both.
        if (carried == 0) {
            System.arraycopy(slice, offset, seam, 0, length);
        }
        int total = carried + length;
        int dropped = Math.max(0, total - keep);
        System.arraycopy(seam, dropped, seam, 0, total - dropped);
        carried = total - dropped;
    }

    private int countIn(byte[] text, int offset, int length) {
        int last = marker.length - 1;
        int end = offset + length;
        int found = 0;
        int at = offset + last;
        while (at < end) {
            byte tail = text[at];
            if (tail == marker[last] && matches(text, at - last, last)) {
                found++;
                at += marker.length;
            } else {
                at += steps[tail & 0xff];
            }
        }
        return found;
    }

    private boolean matches(byte[] text, int from, int length) {
        for (int i = 0; i < length; i++) {
            if (text[from + i] != marker[i]) {
                return false;
            }
        }
        return true;
    }

    /** Begins a new body. */
    public void reset() {
        carried = 0;
        count = 0;
        bytes = 0;
    }

    public long count() {
        return count;
    }

    /** How many bytes the body had so far. */
    public long bytes() {
        return bytes;
    }
}
