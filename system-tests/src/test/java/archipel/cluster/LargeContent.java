package archipel.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Bytes that are the same each time and cost nothing to make or compare: a block of noise again and again, each time
 * with its number at the beginning, so that no block can stand for another.
 */
final class LargeContent {
    static final int BLOCK = 1 << 20;

    private final byte[] block = new byte[BLOCK];
    private final int blocks;

    /** @param blocks how long it is, in MiB */
    LargeContent(int blocks) {
        this.blocks = blocks;
        new SplittableRandom(1).nextBytes(block);
    }

    long length() {
        return (long) blocks * BLOCK;
    }

    private byte[] block(int number) {
        ByteBuffer.wrap(block).putInt(number);
        return block;
    }

    void writeTo(OutputStream out) throws IOException {
        for (int number = 0; number < blocks; number++) {
            out.write(block(number));
        }
    }

    /** @throws AssertionError where what comes is not the same, from that block on to the end */
    void assertSame(InputStream in, int first) throws IOException {
        byte[] read = new byte[BLOCK];
        for (int number = first; number < blocks; number++) {
            int length = in.readNBytes(read, 0, BLOCK);
            if (length < BLOCK || !Arrays.equals(read, block(number))) {
                throw new AssertionError("MiB " + number + " is not as written; " + length + " bytes came");
            }
        }
        if (in.read() >= 0) {
            throw new AssertionError("more came than was written");
        }
    }
}
