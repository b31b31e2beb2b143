package archipel.document;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.DocumentParser.ParsedDocument;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentParserTest {
    private static final DocumentParser PARSER = new DocumentParser(new JsonLimits(20, 1000));

    private static ParsedDocument parse(String text) {
        byte[] bytes = ("##" + text + "##").getBytes(UTF_8);
        return PARSER.parse(bytes, 2, bytes.length - 4);
    }

    private static String body(String text) {
        return new String(parse(text).json(), UTF_8);
    }

    private static String refusal(String text) {
        RequestException refused = assertThrows(RequestException.class, () -> parse(text));
        return refused.code().status() + " " + refused.code().error() + " " + refused.reason();
    }

    private static String bulkRefusal(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        RequestException refused = assertThrows(RequestException.class, () -> PARSER.parseBulk(bytes, 0, bytes.length));
        return refused.code().status() + " " + refused.code().error() + " " + refused.reason();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"a" : 1.50, "b":[ 1 ]}                        | {"a" : 1.50, "b":[ 1 ]}
        {}                                             | {}
        { }                                            | { }
        {"_id":"x"}                                    | {}
        { "_id":"x" }                                  | {  }
        {"_id":"x","a":1}                              | {"a":1}
        {"_id":"x" , "a":1}                            | {"a":1}
        {"a":1,"_id":"x"}                              | {"a":1}
        {"a":1 , "_id":"x" }                           | {"a":1 }
        {"a":1, "_id":"x", "b":2}                      | {"a":1, "b":2}
        {"a":1,"_id":"x","_rev":"1-a","b":2}           | {"a":1,"b":2}
        {"_id":"x","a":1,"_rev":"1-a"}                 | {"a":1}
        {"\\u005fid":"x","a":1}                        | {"a":1}
        {"a":{"_id":1,"_foo":2}}                       | {"a":{"_id":1,"_foo":2}}
        {"_replication_state":"x","_id":"y","_access":[]} | {"_replication_state":"x","_access":[]}
        {"_revs_info":[],"_conflicts":0,"_deleted_conflicts":{},"_local_seq":null} | {}
        {"":1}                                         | {"":1}
        """)
    void parse_specialMembers_areCutOutAndNothingElse(String text, String body) {
        assertEquals(body, body(text));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"a":1,"a":2}                       | {"a":2}
        {"a":1,"b":0,"a":2}                 | {"b":0,"a":2}
        {"x":{"a":1,"a":2}}                 | {"x":{"a":2}}
        {"x":[{"a":1, "a":2 }]}             | {"x":[{"a":2 }]}
        {"x":{"a":1,"a":2},"x":{"b":1,"b":{"c":1,"c":2}}} | {"x":{"b":{"c":2}}}
        {"_id":"x","_id":"y","a":1}         | {"a":1}
        {"a":1,"\\u0061":2}                 | {"\\u0061":2}
        """)
    void parse_equalKeys_leaveTheLast(String text, String body) {
        assertEquals(body, body(text));
    }

    @Test
    void parse_equalSpecialKeys_countOnlyOnce() {
        assertEquals("y", parse("{\"_id\":7,\"_id\":\"y\"}").id());
        assertEquals(
                "1-b", String.valueOf(parse("{\"_rev\":null,\"_rev\":\"1-b\"}").revision()));
    }

    @Test
    void parse_everySpecialMember_isRead() {
        ParsedDocument document = parse("{\"_id\":\"d\\u00e9/\\ud83d\\ude00\",\"_rev\":\"1-x\",\"_deleted\":true,"
                + "\"_revisions\":{\"ids\":[\"c\",\"b\",\"\\u0061\"],\"start\":3}}");
        assertEquals("dé/\uD83D\uDE00", document.id());
        assertEquals(new RevisionPath(3, List.of("c", "b", "a")), document.history());
        assertEquals(new Revision(3, "c"), document.revision());
        assertTrue(document.deleted());
        assertNull(parse("{\"_revisions\":{\"start\":0,\"ids\":[]}}").history());
        assertEquals(
                new Revision(1, "x"),
                parse("{\"_revisions\":{\"start\":0,\"ids\":[]},\"_rev\":\"1-x\"}")
                        .revision());
        assertEquals(
                new Revision(2, "b"),
                parse("{\"_revisions\":{\"start\":2,\"ids\":[\"b\"]},\"_rev\":7}")
                        .revision());
        assertEquals(new Revision(0, "1"), parse("{\"_rev\":\"0-1\"}").revision());
        assertEquals(
                "0123456789abcdef0123456789abcdef",
                parse("{\"_rev\":\"1-0123456789ABCDEF0123456789abcdef\"}")
                        .revision()
                        .hash());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {"_id":""}                | 400 illegal_docid Document id must not be empty
        {"_id":7}                 | 400 illegal_docid Document id must be a string
        {"_id":null}              | 400 illegal_docid Document id must be a string
        {"_id":"_x"}              | 400 illegal_docid Only reserved document ids may start with underscore.
        {"_id":"_design/"}        | 400 illegal_docid Illegal document id `_design/`
        {"_id":"_local/"}         | 400 illegal_docid Illegal document id `_local/`
        {"_rev":"x"}              | 400 bad_request Invalid rev format
        {"_rev":null}             | 400 bad_request Invalid rev format
        {"_deleted":1}            | 400 doc_validation Bad special document member: _deleted
        {"_foo":1}                | 400 doc_validation Bad special document member: _foo
        {"_":1}                   | 400 doc_validation Bad special document member: _
        {"_é\\u0021":1}           | 400 doc_validation Bad special document member: _é!
        {"_revisions":[]}         | 400 doc_validation Bad special document member: _revisions
        {"_revisions":{"ids":[]}} | 400 doc_validation _revisions.start isn't an integer.
        {"_revisions":{"start":1.0,"ids":[]}} | 400 doc_validation _revisions.start isn't an integer.
        {"_revisions":{"start":1}} | 400 doc_validation _revisions.ids isn't a array.
        {"_revisions":{"start":1,"ids":"a"}} | 400 doc_validation _revisions.ids isn't a array.
        {"_revisions":{"start":1,"ids":[1]}} | 400 doc_validation RevId isn't a string
        {"_attachments":[]}       | 400 doc_validation Bad special document member: _attachments
        {"_attachments":{"a":{}}} | 400 bad_request Invalid attachment data for a
        {"_attachments":{"a":{"data":"YQ="}}} | 400 bad_request Invalid attachment data for a
        {"_attachments":{"a":{"data":"Y*=="}}} | 400 bad_request Invalid attachment data for a
        []                        | 400 bad_request Document must be a JSON object
        "x"                       | 400 bad_request Document must be a JSON object
        {"_foo":1,"_id":""}       | 400 doc_validation Bad special document member: _foo
        """)
    void parse_wrongMember_isAnsweredAsCouchDbDoes(String text, String answer) {
        assertEquals(answer, refusal(text));
    }

    @Test
    void parse_wrongHistoryOrAttachment_isAnsweredAsCouchDbDoes() {
        assertEquals(
                "400 doc_validation RevId isn't a valid hexadecimal",
                refusal("{\"_revisions\":{\"start\":1,\"ids\":[\"0123456789abcdef0123456789abcdeg\"]}}"));
        assertEquals(
                "400 doc_validation _revisions.ids has more entries than _revisions.start has generations.",
                refusal("{\"_revisions\":{\"start\":1,\"ids\":[\"b\",\"a\"]}}"));
        assertEquals(
                "400 bad_request Attachment name '_a' starts with prohibited character '_'",
                refusal("{\"_attachments\":{\"_a\":{\"stub\":true}}}"));
        assertEquals(
                "415 bad_content_type Only gzip and identity content-encodings are supported",
                refusal("{\"_attachments\":{\"a\":{\"follows\":true,\"encoding\":\"br\"}}}"));
        assertEquals(
                "400 bad_request When `new_edits: false`, the document needs `_rev` or `_revisions` specified",
                bulkRefusal("{\"docs\":[{}],\"new_edits\":false}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "{}x",
                "{} {}",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{,}",
                "{a:1}",
                "{'a':1}",
                "[1,]",
                "{\"a\":01}",
                "{\"a\":1.}",
                "{\"a\":.5}",
                "{\"a\":-}",
                "{\"a\":+1}",
                "{\"a\":1e}",
                "{\"a\":NaN}",
                "{\"a\":tru}",
                "{\"a\":nulL}",
                "{\"a\":\"\t\"}",
                "{\"a\":\"\0\"}",
                "{\"a\":\"\\x\"}",
                "{\"a\":\"\\u12g4\"}",
                "{\"a\":\"\\u12",
                "{\"a\":\"\\ud800\"}",
                "{\"a\":\"\\udc00\"}",
                "{\"a\":\"\\ud800x\"}",
                "{\"a\":\"\\ud800\\u0041\"}",
                "{\"\\udfff\":1}",
                "{\"a\":\"",
                "{\"a\":1}\0",
                "\uFEFF{}",
                "{\"a\":1]",
                "[1}",
                "// no\n{}",
                "{\"a\":1e1234567890123456789}",
                "{\"a\":\u00a01}"
            })
    void parse_malformedJson_isRefused(String text) {
        assertEquals("400 bad_request invalid UTF-8 JSON", refusal(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u00c0\u0080",
                "\u00c1\u00bf",
                "\u00ed\u00a0\u0080",
                "\u00e0\u0080\u0080",
                "\u00f0\u0080\u0080\u0080",
                "\u00f4\u0090\u0080\u0080",
                "\u00f5\u0080\u0080\u0080",
                "\u00ff",
                "\u0080",
                "\u00c3",
                "\u00e2\u0082",
                "\u00f0\u009f\u0098",
                "\u00c3("
            })
    void parse_invalidUtf8_isRefused(String latin) {
        byte[] bytes = ("{\"a\":\"12345678" + latin + "\"}").getBytes(ISO_8859_1);
        RequestException refused = assertThrows(RequestException.class, () -> PARSER.parse(bytes, 0, bytes.length));
        assertEquals(ErrorCode.INVALID_JSON, refused.code());
    }

    @Test
    void parse_edgesOfUtf8AndEscapes_areKeptAsTheyCame() {
        String text =
                "{\"\u0080\u07ff\u0800\ud7ff\ue000\uffff\ud800\udc00\udbff\udfff\u007f\":\"\\u0000\\ud83d\\ude00\\/\"}";
        assertEquals(text, body(text));
        assertEquals(
                "{\"n\":1e999,\"m\":123456789012345678901234567890.00100}",
                body("{\"n\":1e999,\"m\":123456789012345678901234567890.00100}"));
    }

    @Test
    void parse_depth_isBounded() {
        String text = "{\"a\":" + "[".repeat(19) + "]".repeat(19) + "}";
        assertEquals(text, body(text));
        assertEquals("400 bad_request invalid UTF-8 JSON", refusal("{\"a\":" + "[".repeat(20) + "]".repeat(20) + "}"));
        assertEquals("400 bad_request invalid UTF-8 JSON", refusal("[".repeat(1_000_000)));
    }

    @Test
    void parse_size_isMeasuredWithoutSpecialMembers() {
        String data = "\"_attachments\":{\"a\":{\"data\":\"" + "QUFB".repeat(1000) + "\"}}";
        String fits = "{\"a\":\"" + "x".repeat(992) + "\"}";
        assertEquals(1000, fits.length());
        assertEquals(fits, body("{" + data + "," + fits.substring(1)));
        assertEquals("413 document_too_large big", refusal("{\"_id\":\"big\",\"a\":\"" + "x".repeat(993) + "\"}"));
        assertEquals("413 document_too_large ", refusal("{\"a\":\"" + "x".repeat(993) + "\"}"));
    }

    @Test
    void parse_attachments_comeInOrderOfName() {
        ParsedDocument document = parse("{\"_attachments\":{"
                + "\"\uD83D\uDE00\":{\"data\":\"YQ \\n==\",\"content_type\":\"text/plain\",\"revpos\":2,"
                + "\"encoding\":\"gzip\"},"
                + "\"\uFFFD\":{\"stub\":true,\"revpos\":1,\"digest\":\"md5-x\",\"length\":5},"
                + "\"b\":{\"follows\":true,\"length\":9,\"encoded_length\":4,\"encoding\":\"gzip\",\"data\":7},"
                + "\"a\":{\"follows\":true,\"length\":9,\"encoded_length\":4,\"revpos\":-1,\"unknown\":{}},"
                + "\"none\":7,\"slash\":{\"data\":\"\\/\\/\\/\\/\",\"stub\":false}}}");
        List<AttachmentInput> list = document.attachments();
        assertEquals(
                List.of("a", "b", "slash", "\uFFFD", "\uD83D\uDE00"),
                list.stream().map(AttachmentInput::name).toList());
        assertEquals(new AttachmentInput.Follows("a", null, 0, 9, null, null), list.get(0));
        assertEquals(new AttachmentInput.Follows("b", null, 0, 4, null, "gzip"), list.get(1));
        assertEquals(new AttachmentInput.Stub("\uFFFD", 1, "md5-x"), list.get(3));
        AttachmentInput.Inline inline = (AttachmentInput.Inline) list.get(4);
        assertArrayEquals("a".getBytes(UTF_8), inline.data());
        assertEquals("text/plain", inline.contentType());
        assertEquals(2, inline.revisionPosition());
        assertNull(inline.encoding());
        assertArrayEquals(new byte[] {-1, -1, -1}, ((AttachmentInput.Inline) list.get(2)).data());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {}                                   | 400 bad_request POST body must include `docs` parameter.
        {"docs":{}}                          | 400 bad_request `docs` parameter must be an array.
        {"docs":[],"docs":1}                 | 400 bad_request `docs` parameter must be an array.
        {"docs":[],"new_edits":1}            | 400 bad_request `new_edits` parameter must be a boolean.
        {"docs":[],"atomic":null}            | 400 bad_request `atomic` parameter must be a boolean.
        {"docs":[{"_foo":1}],"new_edits":1}  | 400 doc_validation Bad special document member: _foo
        {"docs":[7]}                         | 400 bad_request Document must be a JSON object
        []                                   | 400 bad_request Request body must be a JSON object
        {"docs":[{"_foo":1}]                 | 400 bad_request invalid UTF-8 JSON
        {"docs":[{"_foo":1},]}               | 400 bad_request invalid UTF-8 JSON
        {"docs":[{}]}}                       | 400 bad_request invalid UTF-8 JSON
        {"docs":[{}],}                       | 400 bad_request invalid UTF-8 JSON
        {"docs" [{}]}                        | 400 bad_request invalid UTF-8 JSON
        {"docs":[{} {}]}                     | 400 bad_request invalid UTF-8 JSON
        {"docs":                             | 400 bad_request invalid UTF-8 JSON
        {"docs":[                            | 400 bad_request invalid UTF-8 JSON
        [1                                   | 400 bad_request invalid UTF-8 JSON
        7 7                                  | 400 bad_request invalid UTF-8 JSON
        """)
    void parseBulk_wrongEnvelope_isAnsweredAsCouchDbDoes(String text, String answer) {
        assertEquals(answer, bulkRefusal(text));
    }

    @Test
    void parseBulk_members_areReadInAnyOrderAndTheLastCounts() {
        String text = "{\"new_edits\":false,\"docs\":7,"
                + "\"atomic\":true,\"do\\u0063s\":[{\"_rev\":\"1-a\"}],\"new_edits\":true}";
        byte[] bytes = text.getBytes(UTF_8);
        DocumentParser.BulkRequest request = PARSER.parseBulk(bytes, 0, bytes.length);
        assertTrue(request.newEdits() && request.atomic());
        assertEquals(List.of(parse("{\"_rev\":\"1-a\"}")), request.documents());
    }

    @Test
    void parse_stampInRevisions_isReadWhereItIsOne() {
        String revisions = "{\"_rev\":\"2-b\",\"_revisions\":{\"start\":2,\"ids\":[\"b\",\"a\"],\"stamp\":%s}}";
        assertEquals(
                new Revision.Stamp(7, "00000000000000ff"),
                stamp(revisions.formatted("{\"node\":\"00000000000000ff\",\"time\":7}")));
        for (String none : new String[] {
            "null",
            "5",
            "{}",
            "{\"time\":-1,\"node\":\"00000000000000ff\"}",
            "{\"time\":1,\"node\":\"ff\"}",
            "{\"time\":1.5,\"node\":\"00000000000000ff\"}",
            "{\"time\":\"1\",\"node\":\"00000000000000ff\"}"
        }) {
            assertEquals(null, stamp(revisions.formatted(none)), none);
        }
    }

    private static Revision.@Nullable Stamp stamp(String json) {
        byte[] bytes = json.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        RevisionPath history = new DocumentParser(JsonLimits.DEFAULT)
                .parse(bytes, 0, bytes.length)
                .history();
        return history.stamp();
    }
}
