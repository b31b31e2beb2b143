package archipel.ends;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.Revision;
import archipel.json.JsonCursor;
import archipel.remote.RemoteException;
import archipel.testkit.Seeded;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AnswerElementsFuzz {
    private static final int MOST = 1 << 20;

    @Test
    void next_anyAnswerInAnyPieces_givesItsElements() {
        Seeded.check(1_000, random -> {
            List<String> elements = new ArrayList<>();
            for (int i = random.nextInt(6); i > 0; i--) {
                elements.add(value(random, 3));
            }
            String before = random.nextBoolean() ? "" : "\"x]\\\"\" : " + value(random, 2) + " , ";
            String after = random.nextBoolean() ? "" : " , \"last_seq\" : \"7-a\"";
            String space = random.nextBoolean() ? "" : "\n ";
            String json = space + "{" + space + before + "\"results\":[" + space
                    + String.join(space + "," + space, elements) + space + "]" + after + "}" + space;
            AnswerElements answer = new AnswerElements(new Pieces(json, random), "results", MOST);
            for (String element : elements) {
                assertTrue(answer.next());
                assertEquals(element, new String(answer.array(), answer.from(), answer.to() - answer.from(), UTF_8));
            }
            assertFalse(answer.next());
            assertFalse(answer.next());
            assertEquals(after.isEmpty() ? null : "\"7-a\"", answer.member("last_seq"));
        });
    }

    @Test
    void next_answerThatIsCut_isNoEnd() {
        Seeded.check(500, random -> {
            String json = "{\"results\":[" + value(random, 3) + "," + value(random, 3) + "],\"last_seq\":\"7-a\"}";
            String cut = json.substring(0, random.nextInt(json.length()));
            AnswerElements answer = new AnswerElements(new Pieces(cut, random), "results", MOST);
            assertThrows(RemoteException.class, () -> {
                boolean more = true;
                while (more) {
                    more = answer.next();
                }
            });
        });
    }

    @Test
    void next_anotherAnswer_hasNoElements() throws IOException {
        AnswerElements none =
                new AnswerElements(new ByteArrayInputStream("{\"a\":{}}".getBytes(UTF_8)), "results", MOST);
        assertFalse(none.next());
        assertEquals("{}", none.member("a"));
        assertNull(none.member("b"));
        for (String json : List.of("[]", "5", "x", "{\"results\":[1 2]}", "{\"results\":[1],,}", "{\"results\":[}")) {
            AnswerElements wrong = new AnswerElements(new ByteArrayInputStream(json.getBytes(UTF_8)), "results", MOST);
            assertThrows(
                    RemoteException.class,
                    () -> {
                        boolean more = true;
                        while (more) {
                            more = wrong.next();
                        }
                    },
                    json);
        }
    }

    /** What never ends is not taken in. */
    @Test
    void next_endlessElementOrEnd_isRefused() {
        for (String begin : List.of("{\"results\":[\"", "{\"results\":[]} ")) {
            InputStream endless =
                    new SequenceInputStream(new ByteArrayInputStream(begin.getBytes(UTF_8)), new InputStream() {
                        @Override
                        public int read() {
                            return ' ';
                        }

                        @Override
                        public int read(byte[] into, int offset, int length) {
                            Arrays.fill(into, offset, offset + length, (byte) ' ');
                            return length;
                        }
                    });
            AnswerElements answer = new AnswerElements(endless, "results", MOST);
            assertEquals(
                    RemoteException.Kind.MALFORMED,
                    assertThrows(RemoteException.class, answer::next).kind());
        }
    }

    private static String value(SplittableRandom random, int depth) {
        return switch (random.nextInt(depth == 0 ? 4 : 6)) {
            case 0 -> Integer.toString(random.nextInt());
            case 1 -> "null";
            case 2 -> "\"" + "x".repeat(random.nextInt(20)) + "\\\\\"";
            case 3 -> "\"[{\\\"é\\u00e9" + "y".repeat(random.nextInt(2) * 70_000) + "\"";
            case 4 -> "[" + value(random, depth - 1) + " , " + value(random, depth - 1) + "]";
            default -> "{\"a\":" + value(random, depth - 1) + ",\"b}\": " + value(random, depth - 1) + "}";
        };
    }

    @Test
    void of_document_readsWhatReplicationsNeed() {
        String json = "{\"_id\":\"a\",\"_rev\":\"3-c\",\"x\":{\"_id\":\"no\"},\"_revisions\":{\"start\":3,\"ids\":"
                + "[\"c\",\"b\",\"a\"]},\"_attachments\":{\"f\":{\"content_type\":\"t\",\"revpos\":2,"
                + "\"digest\":\"md5-x\","
                + "\"length\":5,\"stub\":true},\"g\":{\"revpos\":3,\"follows\":true,\"encoding\":\"gzip\","
                + "\"encoded_length\":7}},\"_deleted\":true}";
        byte[] bytes = ("  " + json + " ").getBytes(UTF_8);
        FetchedDocument document = FetchedDocument.of(bytes, 2, new JsonCursor(bytes, 2, bytes.length).skip());
        assertEquals(json, new String(document.bytes(), UTF_8));
        assertEquals("a", document.id());
        assertEquals("3-c", document.revision().toString());
        assertTrue(document.deleted());
        assertEquals(
                List.of(
                        new AttachmentStub("f", "t", 2, "md5-x", 5, -1, null, false),
                        new AttachmentStub("g", null, 3, null, -1, 7, "gzip", true)),
                document.attachments());
        assertEquals(2, document.lacking(List.of()).size());
        assertEquals(
                List.of("g"),
                document.lacking(List.of(Revision.parse("2-b"))).stream()
                        .map(AttachmentStub::name)
                        .toList());
        assertEquals(2, document.lacking(List.of(Revision.parse("2-x"))).size());
    }

    /** Bytes in pieces as a network gives them. */
    private static final class Pieces extends InputStream {
        private final byte[] bytes;
        private final SplittableRandom random;
        private int at;

        Pieces(String text, SplittableRandom random) {
            this.bytes = text.getBytes(UTF_8);
            this.random = random;
        }

        @Override
        public int read() {
            return at == bytes.length ? -1 : bytes[at++] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            if (at == bytes.length) {
                return -1;
            }
            int count = Math.min(Math.min(length, bytes.length - at), random.nextInt(1, 40_000) >> random.nextInt(12));
            count = Math.max(1, count);
            System.arraycopy(bytes, at, into, offset, count);
            at += count;
            return count;
        }
    }
}
