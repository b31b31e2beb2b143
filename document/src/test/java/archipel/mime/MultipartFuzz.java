package archipel.mime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import archipel.document.RequestException;
import archipel.testkit.Seeded;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MultipartFuzz {
    @Test
    void next_anyCuttingOfTheInput_givesTheSameParts() {
        Seeded.check(400, random -> {
            String boundary = "b".repeat(random.nextInt(1, 4)) + (random.nextBoolean() ? "-" : "");
            List<byte[]> contents = new ArrayList<>();
            ByteArrayOutputStream message = new ByteArrayOutputStream();
            message.writeBytes(ascii(random.nextBoolean() ? "--" + boundary : "some preamble\r\n--" + boundary));
            int parts = random.nextInt(1, 5);
            for (int i = 0; i < parts; i++) {
                byte[] content = content(random, boundary);
                contents.add(content);
                message.writeBytes(ascii("\r\nNumber: " + i + "\r\n\r\n"));
                message.writeBytes(content);
                message.writeBytes(ascii("\r\n--" + boundary));
            }
            message.writeBytes(ascii("--" + (random.nextBoolean() ? "\r\nepilogue" : "")));

            MultipartReader reader = new MultipartReader(new Cut(message.toByteArray(), random), boundary);
            for (int i = 0; i < parts; i++) {
                MultipartReader.Part part = reader.next();
                assertEquals(Integer.toString(i), part.header("number"));
                if (random.nextInt(5) > 0) {
                    assertArrayEquals(contents.get(i), read(part.content(), random));
                }
            }
            assertNull(reader.next());
        });
    }

    @Test
    void next_anyDamage_isRefusedOrReadAsSomethingElse() {
        Seeded.check(2000, random -> {
            byte[] message = ascii("--b\r\nA: 1\r\n\r\none\r\n--b\r\nB: 2\r\n\r\ntwo\r\n--b--");
            for (int i = random.nextInt(4); i >= 0; i--) {
                message[random.nextInt(message.length)] = (byte) "\r\n-b: x".charAt(random.nextInt(7));
            }
            byte[] cut = java.util.Arrays.copyOf(message, random.nextInt(message.length + 1));
            MultipartReader reader = new MultipartReader(new ByteArrayInputStream(cut), "b");
            int read = 0;
            try {
                for (MultipartReader.Part part = reader.next(); part != null; part = reader.next()) {
                    read += part.content().readAllBytes().length;
                }
            } catch (RequestException e) {
                assertEquals(400, e.code().status());
            }
            assertEquals(true, read <= message.length);
        });
    }

    /** Bytes that look like a delimiter most of the time, and are none. */
    private static byte[] content(SplittableRandom random, String boundary) {
        String alphabet = "\r\n--bbx";
        int length = random.nextInt(4) == 0 ? random.nextInt(100_000) : random.nextInt(60);
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        // The sender has to see to it that its boundary does not occur.
        String safe = ("\r\n" + text).replace("\r\n--" + boundary, "\r\n-xx").substring(2);
        return ascii(safe);
    }

    private static byte[] read(InputStream in, SplittableRandom random) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[random.nextInt(1, 5000)];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            out.write(buffer, 0, read);
        }
        assertEquals(-1, in.read());
        return out.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Gives as few or as many bytes at a time as it likes. */
    private static final class Cut extends InputStream {
        private final byte[] bytes;
        private final SplittableRandom random;
        private final int most;
        private int at;

        private Cut(byte[] bytes, SplittableRandom random) {
            this.bytes = bytes;
            this.random = random;
            this.most = random.nextBoolean() ? 3 : 40_000;
        }

        @Override
        public int read() {
            return at < bytes.length ? bytes[at++] & 0xFF : -1;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (at == bytes.length) {
                return -1;
            }
            int count = Math.min(Math.min(length, bytes.length - at), random.nextInt(1, most + 1));
            System.arraycopy(bytes, at, target, offset, count);
            at += count;
            return count;
        }
    }
}
