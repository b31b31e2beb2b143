package archipel.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.JsonBuffer;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.identity.NodeIdentity;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MemberTest {
    private static final NodeIdentity NODE = NodeIdentity.make();

    private static Member member(long epoch, long version, String... addresses) {
        return Member.joined(NodeRecord.sign(NODE, List.of(addresses), version), epoch);
    }

    private static String text(Member member) {
        JsonBuffer json = new JsonBuffer();
        member.appendTo(json);
        return new String(json.toByteArray(), StandardCharsets.UTF_8);
    }

    private static Member parse(String json) throws MeshViolationException {
        return Member.parse(JsonTree.parse(json, JsonLimits.DEFAULT));
    }

    @Test
    void parse_whatWasWritten_isTheSame() throws MeshViolationException {
        Member one = member(3, 7, "http://10.0.0.1:5984/", "https://[2001:db8::1]:5984/");
        assertEquals(text(one), text(parse(text(one))));
        assertEquals(text(one.gone()), text(parse(text(one.gone()))));
    }

    /** A member may pass on what another one says of itself, and not a letter of it changed. */
    @Test
    void parse_alteredRecord_isAViolation() {
        String text = text(member(3, 7, "http://10.0.0.1:5984/"));
        assertThrows(MeshViolationException.class, () -> parse(text.replace("10.0.0.1", "10.0.0.2")));
        assertThrows(MeshViolationException.class, () -> parse(text.replace("\"version\":7", "\"version\":8")));
        String other = NodeIdentity.make().fingerprint();
        assertThrows(MeshViolationException.class, () -> parse(text.replace(NODE.fingerprint(), other)));
        assertThrows(MeshViolationException.class, () -> parse(text.replace("\"epoch\":3", "\"epoch\":-3")));
        assertThrows(MeshViolationException.class, () -> parse("{}"));
    }

    @Test
    void parse_addressThatIsNone_isAViolation() {
        for (String address : List.of("", "ftp://h/", "http://h/path", "http://u:p@h/", "http://h/?q")) {
            assertThrows(MeshViolationException.class, () -> parse(text(member(1, 1, address))), address);
        }
    }

    @Test
    void with_removal_winsUntilLetInAgain() {
        Member joined = member(1, 5, "http://a/");
        Member gone = joined.gone();
        assertTrue(joined.with(gone).removed());
        assertTrue(gone.with(joined).removed(), "what others still know does not bring it back");
        assertTrue(gone.with(member(1, 9, "http://b/")).removed(), "nor does what it says itself");
        assertFalse(gone.with(member(2, 6, "http://a/")).removed());
    }

    @Test
    void with_newerRecord_isTakenOver() {
        Member known = member(1, 5, "http://a/");
        Member moved = member(1, 6, "http://b/");
        assertEquals(
                List.of("http://b/"),
                Objects.requireNonNull(known.with(moved).record()).addresses());
        assertEquals(
                List.of("http://b/"),
                Objects.requireNonNull(moved.with(known).record()).addresses());
    }

    /** Whatever comes in whatever order, however often: all nodes know the same in the end. */
    @Test
    void with_anyOrder_givesTheSame() {
        SplittableRandom random = new SplittableRandom(11);
        List<Member> told = new ArrayList<>();
        for (int i = 1; i <= 4; i++) {
            told.add(member(i, i, "http://a" + i + "/"));
            told.add(member(i, i + 3, "http://b" + i + "/"));
            told.add(told.getLast().gone());
        }
        told.add(member(5, 1, "http://c/"));
        String expected = null;
        for (int round = 0; round < 200; round++) {
            Member merged = told.get(random.nextInt(told.size()));
            List<Member> left = new ArrayList<>(told);
            left.addAll(told.subList(0, random.nextInt(told.size())));
            while (!left.isEmpty()) {
                merged = merged.with(left.remove(random.nextInt(left.size())));
            }
            // Records that came before a removal may be gone with it; who is a member is the same.
            String now = merged.epoch() + " " + merged.removed();
            expected = expected == null ? now : expected;
            assertEquals(expected, now);
        }
    }
}
