package archipel.attachments;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class DecodedLengthTest {
    private static byte[] gzip(byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return out.toByteArray();
    }

    private static byte[] gzip(String content) {
        return gzip(content.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    /** -1 where it is not whole. */
    private static long decoded(byte[] bytes, int piece) {
        try (DecodedLength length = DecodedLength.of("gzip")) {
            for (int at = 0; at < bytes.length; at += piece) {
                length.update(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + piece)));
            }
            assertEquals(length.isWhole(), length.length(-1) >= 0);
            return length.length(-1);
        }
    }

    private static void assertDecoded(long expected, byte[] bytes) {
        for (int piece : new int[] {1, 3, 10, 64, 1 << 20}) {
            assertEquals(expected, decoded(bytes, piece), "in pieces of " + piece);
        }
    }

    /** A member whose header has every optional field there is. */
    private static byte[] decorated(String content) {
        byte[] text = content.getBytes(StandardCharsets.UTF_8);
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(text);
        deflater.finish();
        byte[] deflated = new byte[text.length + 100];
        int size = deflater.deflate(deflated);
        deflater.end();
        CRC32 crc = new CRC32();
        crc.update(text);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 3, 0, 'x', 'y', 'z'});
        out.writeBytes("name\0comment\0".getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(new byte[2]);
        out.write(deflated, 0, size);
        for (long value : new long[] {crc.getValue(), text.length}) {
            for (int shift = 0; shift < 32; shift += 8) {
                out.write((int) (value >> shift));
            }
        }
        return out.toByteArray();
    }

    @Test
    void wholeMembers_areCounted() {
        assertDecoded(5, gzip("hello"));
        assertDecoded(0, gzip(""));
        assertDecoded(5, decorated("hello"));
        assertDecoded(11, joined(gzip("hello"), decorated(" "), gzip("world")));
        assertDecoded(5, joined(gzip("hello"), new byte[512]));
        assertDecoded(3 << 20, gzip(new byte[3 << 20]));
    }

    @Test
    void whatIsNotGzip_isNotWhole() {
        byte[] whole = gzip("hello, hello, hello");
        byte[] badChecksum = whole.clone();
        badChecksum[whole.length - 8] ^= 1;
        byte[] badLength = whole.clone();
        badLength[whole.length - 1] ^= 1;
        byte[] reservedFlag = whole.clone();
        reservedFlag[3] |= 32;
        assertDecoded(-1, new byte[0]);
        assertDecoded(-1, new byte[64]);
        assertDecoded(-1, "plain text, long enough".getBytes(StandardCharsets.US_ASCII));
        assertDecoded(-1, badChecksum);
        assertDecoded(-1, badLength);
        assertDecoded(-1, reservedFlag);
        assertDecoded(-1, joined(whole, "garbage".getBytes(StandardCharsets.US_ASCII)));
        assertDecoded(-1, joined(whole, new byte[4], new byte[] {1}));
        for (int cut = 0; cut < whole.length; cut++) {
            assertDecoded(-1, Arrays.copyOf(whole, cut));
            if (cut > 0) {
                assertDecoded(-1, joined(whole, Arrays.copyOf(whole, cut)));
            }
        }
    }

    @Test
    void changedBytes_whatIsWhole_isDecodedBySomebodyElseToo() throws IOException {
        Random random = new Random(15);
        for (int i = 0; i < 3000; i++) {
            byte[] content = new byte[random.nextInt(300)];
            random.nextBytes(content);
            byte[] bytes = random.nextBoolean() ? gzip(content) : joined(gzip(content), gzip("more"));
            for (int changes = random.nextInt(3); changes > 0; changes--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            long length = decoded(bytes, 1 + random.nextInt(100));
            if (length >= 0) {
                assertEquals(length, new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes().length);
            }
        }
    }

    @Test
    void withoutEncoding_everythingIsWhole() {
        try (DecodedLength length = DecodedLength.of(null)) {
            length.update(new byte[] {1, 2, 3});
            assertTrue(length.isWhole());
            assertEquals(3, length.length(3));
        }
        try (DecodedLength length = DecodedLength.of("gzip")) {
            assertFalse(length.isWhole());
        }
    }
}
