package archipel.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.RequestException;
import archipel.memory.Allowance;
import archipel.memory.MemoryBudget;
import archipel.memory.MemoryLimitException;
import archipel.memory.Reservation;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BodyBufferTest {
    private static final int MIB = 1 << 20;

    private final MemoryBudget budget = new MemoryBudget(new MemoryBudget.Limits() {
        @Override
        public long totalBytes() {
            return 32 * MIB;
        }

        @Override
        public int waitMs() {
            return 0;
        }
    });

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8191, 8192, 8193, MIB, MIB + 1, 5 * MIB})
    void read_bodyOfAnyLength_isThatBody(int length) throws IOException {
        byte[] body = body(length);

        assertArrayEquals(body, read(new ByteArrayInputStream(body), -1, 6 * MIB));
        assertArrayEquals(body, read(new ByteArrayInputStream(body), length, 6 * MIB));
        assertArrayEquals(body, read(new ByteArrayInputStream(body), -1, Math.max(1, length)));
        assertEquals(0, budget.usedBytes());
    }

    @Test
    void read_moreThanTheMaximum_isRefused() {
        byte[] body = body(MIB);

        assertThrows(RequestException.class, () -> read(new ByteArrayInputStream(body), -1, MIB - 1));
        assertThrows(RequestException.class, () -> read(new ByteArrayInputStream(body), MIB, MIB - 1));
    }

    @Test
    void read_moreThanThereIsMemoryFor_isRefusedWhileItComes() {
        assertThrows(MemoryLimitException.class, () -> read(new Zeros(1 << 30), -1, Integer.MAX_VALUE));
        assertTrue(budget.peakBytes() <= 24 * MIB);
    }

    @Test
    void read_announcedMoreThanThereIsMemoryFor_isRefusedBeforeItComes() {
        InputStream untouched = new InputStream() {
            @Override
            public int read() {
                throw new AssertionError("read from a body that cannot be kept");
            }
        };

        assertThrows(MemoryLimitException.class, () -> read(untouched, 100 * MIB, Integer.MAX_VALUE));
    }

    @Test
    void read_littleOfWhatWasAnnounced_takesLittle() throws IOException {
        assertEquals(20 * 1024, read(new Zeros(20 * 1024), 20 * MIB, Integer.MAX_VALUE).length);
        assertTrue(budget.peakBytes() <= 20 * MIB + 64 * 1024);
    }

    @Test
    void read_compressedZeros_countAsTheyAreInflated() throws IOException {
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bomb)) {
            new Zeros(200 * MIB).transferTo(gzip);
        }
        assertTrue(bomb.size() < MIB);

        assertThrows(
                MemoryLimitException.class,
                () -> read(new GZIPInputStream(new ByteArrayInputStream(bomb.toByteArray())), -1, Integer.MAX_VALUE));
        assertTrue(budget.peakBytes() <= 24 * MIB);
    }

    private byte[] read(InputStream in, long announced, int maximum) throws IOException {
        try (Reservation memory = budget.admit(false)) {
            return ScopedValue.where(Allowance.CURRENT, memory).call(() -> BodyBuffer.read(in, announced, maximum));
        }
    }

    private static byte[] body(int length) {
        byte[] body = new byte[length];
        for (int i = 0; i < length; i++) {
            body[i] = (byte) (i * 31 + (i >> 8));
        }
        return body;
    }

    private static final class Zeros extends InputStream {
        private long left;

        private Zeros(long length) {
            left = length;
        }

        @Override
        public int read() {
            return left-- > 0 ? 0 : -1;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            if (left <= 0) {
                return -1;
            }
            int read = (int) Math.min(left, length);
            Arrays.fill(bytes, offset, offset + read, (byte) 0);
            left -= read;
            return read;
        }
    }
}
