package archipel.merge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.document.CanonicalJson;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class FieldMergeTest {
    private static byte[] canonical(String json) {
        byte[] bytes = json.replace('\'', '"').getBytes(UTF_8);
        return CanonicalJson.canonicalize(bytes, 0, bytes.length);
    }

    private static String merge(String base, String left, String right, String... texts) {
        FieldMerge merge = new FieldMerge(Set.of(texts));
        byte[] merged = merge.merge(canonical(base), canonical(left), canonical(right));
        byte[] mirrored = merge.merge(canonical(base), canonical(right), canonical(left));
        String text = merged == null ? "conflict" : new String(merged, UTF_8).replace('"', '\'');
        assertEquals(text, mirrored == null ? "conflict" : new String(mirrored, UTF_8).replace('"', '\''));
        return text;
    }

    @Test
    void merge_membersOfEachSide_hasBoth() {
        assertEquals("{'a':2,'b':3,'c':1}", merge("{'a':1,'b':1,'c':1}", "{'a':2,'b':1,'c':1}", "{'a':1,'b':3,'c':1}"));
        assertEquals("{'a':1,'x':1,'y':2}", merge("{'a':1}", "{'a':1,'x':1}", "{'y':2,'a':1}"));
    }

    @Test
    void merge_memberRemovedByOne_isGone() {
        assertEquals("{'b':2}", merge("{'a':1,'b':1}", "{'b':1}", "{'a':1,'b':2}"));
        assertEquals("{}", merge("{'a':1}", "{}", "{}"));
    }

    @Test
    void merge_removedAndChanged_isNone() {
        assertEquals("conflict", merge("{'a':1}", "{}", "{'a':2}"));
    }

    @Test
    void merge_nestedObjects_goesThroughThem() {
        assertEquals(
                "{'o':{'p':{'x':2,'y':3}}}",
                merge("{'o':{'p':{'x':1,'y':1}}}", "{'o':{'p':{'x':2,'y':1}}}", "{'o':{'p':{'x':1,'y':3}}}"));
        assertEquals("{'o':{'l':1,'r':2}}", merge("{}", "{'o':{'l':1}}", "{'o':{'r':2}}"));
        assertEquals("{'o':{'l':1,'r':2}}", merge("{'o':5}", "{'o':{'l':1}}", "{'o':{'r':2}}"));
    }

    @Test
    void merge_arrays_areValues() {
        assertEquals("{'a':[1,2]}", merge("{'a':[1]}", "{'a':[1,2]}", "{'a':[1]}"));
        assertEquals("conflict", merge("{'a':[1]}", "{'a':[1,2]}", "{'a':[0,1]}"));
    }

    @Test
    void merge_numbers_keepAllDigitsAndCompareByValue() {
        assertEquals(
                "{'a':0.10000000000000000000000000000000000001,'b':2}",
                merge("{'a':1,'b':1}", "{'a':0.10000000000000000000000000000000000001,'b':1.0}", "{'a':1.0,'b':2}"));
    }

    @Test
    void merge_textInNamedMember_mergesWords() {
        assertEquals(
                "{'n':{'body.md':'one two! three!'}}",
                merge(
                        "{'n':{'body.md':'one two three'}}",
                        "{'n':{'body.md':'one two! three'}}",
                        "{'n':{'body.md':'one two three!'}}",
                        "n.body\\.md"));
        assertEquals("conflict", merge("{'b':'one two'}", "{'b':'1 two'}", "{'b':'one 2'}", "c"));
        assertEquals("{'b':'1 2'}", merge("{'b':'one two'}", "{'b':'1 two'}", "{'b':'one 2'}", "b"));
    }

    @Test
    void merge_deepNesting_endsInValues() {
        String open = "{'o':".repeat(200);
        String close = "}".repeat(200);
        assertEquals(
                "conflict",
                merge(open + "{'a':1,'b':1}" + close, open + "{'a':2,'b':1}" + close, open + "{'a':1,'b':2}" + close));
    }
}
