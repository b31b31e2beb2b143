package archipel.documents;

import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.document.JsonBuffer;
import archipel.http.RawClient.Answer;
import archipel.mime.PercentCoding;
import archipel.testkit.Seeded;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which part of a multipart message becomes which attachment. */
class FollowingPartsTest {
    @TempDir
    static Path directory;

    private static TestNode node;
    private static int documents;

    @BeforeAll
    static void start() {
        node = new TestNode(directory.resolve("data"));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    /** A part's headers, without the line ends around them, and its content. */
    private record Sent(String headers, String content) {}

    private static Sent named(String name, String content) {
        return new Sent("Content-Disposition: attachment; filename=\"" + name + "\"\r\n", content);
    }

    private static Sent unnamed(String content) {
        return new Sent("Content-Type: text/plain\r\n", content);
    }

    private static String json(String text) {
        return new String(new JsonBuffer().string(text).toByteArray(), StandardCharsets.UTF_8);
    }

    private static String next() {
        return "/db/d" + documents++;
    }

    private static Answer put(String target, List<String> follows, Sent... parts) throws IOException {
        StringBuilder message = new StringBuilder("--b\r\nContent-Type: application/json\r\n\r\n{\"_attachments\":{");
        String separator = "";
        for (String name : follows) {
            message.append(separator).append(json(name)).append(":{\"follows\":true,\"content_type\":\"text/plain\"}");
            separator = ",";
        }
        message.append("}}");
        for (Sent part : parts) {
            message.append("\r\n--b\r\n").append(part.headers).append("\r\n").append(part.content);
        }
        message.append("\r\n--b--");
        return node.request("PUT", target, message.toString(), "Content-Type: multipart/related; boundary=b");
    }

    private static String content(String target, String name) throws IOException {
        return node.request("GET", target + "/" + PercentCoding.encode(name), "")
                .text();
    }

    @Test
    void named_inAnotherOrder_areMatchedByName() throws IOException {
        String target = next();
        assertEquals(
                201,
                put(target, List.of("a", "b", "c"), named("c", "3"), named("a", "1"), named("b", "2"))
                        .status());
        assertEquals("1", content(target, "a"));
        assertEquals("2", content(target, "b"));
        assertEquals("3", content(target, "c"));
    }

    @Test
    void unnamed_comeInTheOrderOfTheText() throws IOException {
        String target = next();
        assertEquals(
                201,
                put(target, List.of("z", "a"), unnamed("1"), unnamed("2"), unnamed("extra"))
                        .status());
        assertEquals("1", content(target, "z"));
        assertEquals("2", content(target, "a"));
    }

    @Test
    void mixed_unnamedTakeWhatIsLeft() throws IOException {
        String target = next();
        assertEquals(
                201,
                put(target, List.of("z", "y", "x"), named("y", "2"), unnamed("1"), unnamed("3"))
                        .status());
        assertEquals("1", content(target, "z"));
        assertEquals("2", content(target, "y"));
        assertEquals("3", content(target, "x"));
    }

    @Test
    void contradictions_are400AndStoreNothing() throws IOException {
        for (Sent[] parts : new Sent[][] {
            {named("other", "1"), named("b", "2")},
            {named("a", "1"), named("a", "2")},
            {named("a", "1"), named("b", "2"), named("b", "3")},
            {named("a", "1"), named("b", "2"), named("c", "3")},
            {unnamed("1"), named("a", "2")},
            {named("A", "1"), named("b", "2")},
            {named("a", "1")},
            {}
        }) {
            String target = next();
            Answer answer = put(target, List.of("a", "b"), parts);
            assertEquals(400, answer.status(), Arrays.toString(parts));
            assertEquals(404, node.get(target).status());
        }
        assertEquals(
                "{\"error\":\"bad_request\",\"reason\":\"The part named `other` does not match an attachment marked "
                        + "`follows`.\"}\n",
                put(next(), List.of("a", "b"), named("other", "1"), named("b", "2"))
                        .text());
    }

    @Test
    void names_asSendersWriteThem_areFound() throws IOException {
        String name = "a\"b\\c%22d é\u4e2d.txt";
        for (String header : List.of(
                "filename=\"a\\\"b\\\\c%22d é\u4e2d.txt\"",
                "filename=\"a\"b\\c%22d é\u4e2d.txt\"",
                "filename=\"a%22b\\\\c%2522d é\u4e2d.txt\"".replace("%2522", "%22"),
                "filename=\"x\"; filename*=UTF-8''" + PercentCoding.encode(name),
                "filename=\"" + PercentCoding.encode(name) + "\"")) {
            String target = next();
            Answer answer = put(
                    target,
                    List.of("first", name),
                    new Sent("Content-Disposition: attachment; " + header + "\r\n", "named"),
                    unnamed("other"));
            boolean ambiguous = header.contains("a%22b\\");
            assertEquals(ambiguous ? 400 : 201, answer.status(), header + answer.text());
            if (!ambiguous) {
                assertEquals("named", content(target, name), header);
                assertEquals("other", content(target, "first"), header);
            }
        }
    }

    @Test
    void messageOfThisNode_goesBackIn() throws IOException {
        List<String> names = List.of("a\"b", "c\r\nd", "ü", "e%22f", "g h");
        String target = next();
        Sent[] parts = names.stream().map(name -> unnamed(name)).toArray(Sent[]::new);
        assertEquals(201, put(target, names, parts).status());
        Answer out = node.request("GET", target + "?attachments=true&revs=true", "", "Accept: multipart/related");
        String copy = next();
        assertEquals(
                201,
                node.request(
                                "PUT",
                                copy + "?new_edits=false",
                                out.bytes(),
                                "Content-Type: " + out.header("content-type"))
                        .status());
        for (String name : names) {
            assertEquals(name, content(copy, name));
        }
    }

    @Test
    void fuzz_anyOrderAndNaming_matchesTheModel() {
        Seeded.check(200, random -> {
            List<String> follows = shuffled(random, "a", "b", "c", "d");
            List<String> order = random.nextInt(3) == 0 ? follows : shuffled(random, "a", "b", "c", "d");
            List<String> left = new ArrayList<>(follows);
            List<Sent> parts = new ArrayList<>();
            List<String> expected = new ArrayList<>();
            boolean contradiction = false;
            for (String name : order) {
                boolean hasName = random.nextInt(3) > 0;
                String says = random.nextInt(20) == 0 ? "x" : name;
                parts.add(hasName ? named(says, name) : unnamed(name));
                String taken = hasName ? says : left.isEmpty() ? "" : left.getFirst();
                contradiction |= !left.remove(taken);
                expected.add(taken + "=" + name);
            }
            String target = next();
            try {
                Answer answer = put(target, follows, parts.toArray(Sent[]::new));
                assertEquals(contradiction ? 400 : 201, answer.status(), parts + answer.text());
                for (String one : contradiction ? List.<String>of() : expected) {
                    assertEquals(one.substring(2), content(target, one.substring(0, 1)), parts.toString());
                }
            } catch (IOException e) {
                throw new AssertionError(parts.toString(), e);
            }
        });
    }

    private static List<String> shuffled(RandomGenerator random, String... names) {
        List<String> list = new ArrayList<>(List.of(names));
        Collections.shuffle(list, random);
        return list;
    }
}
