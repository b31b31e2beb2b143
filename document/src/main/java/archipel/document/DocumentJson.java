package archipel.document;

import java.util.List;

/** Parts of documents as JSON, as CouchDB writes them: members that were stored, revisions, stubs of attachments. */
public final class DocumentJson {
    private DocumentJson() {}

    /**
     * What stands between the braces of a stored object, with a comma before it where there is something.
     *
     * @param oneLine without the ends of lines
     */
    public static void members(JsonBuffer out, byte[] json, boolean oneLine) {
        int start = 0;
        while (json[start] != '{') {
            start++;
        }
        start++;
        int end = json.length - 1;
        while (json[end] != '}') {
            end--;
        }
        while (start < end && isSpace(json[start])) {
            start++;
        }
        while (end > start && isSpace(json[end - 1])) {
            end--;
        }
        if (start == end) {
            return;
        }
        out.ascii(',');
        if (!oneLine) {
            out.raw(json, start, end - start);
            return;
        }
        int from = start;
        for (int i = start; i < end; i++) {
            // Within a string a line's end would be escaped: a raw one is between tokens.
            if (json[i] == '\n' || json[i] == '\r') {
                out.raw(json, from, i - from);
                from = i + 1;
            }
        }
        out.raw(json, from, end - from);
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }

    /** {@code ,"_revisions":…}, with the newest revision's stamp where the path has it. */
    public static void revisions(JsonBuffer out, RevisionPath path) {
        out.ascii(",\"_revisions\":{\"start\":").number(path.generation()).ascii(",\"ids\":[");
        String separator = "";
        for (String hash : path.hashes()) {
            out.ascii(separator).string(hash);
            separator = ",";
        }
        out.ascii(']');
        Revision.Stamp stamp = path.stamp();
        if (stamp != null) {
            out.ascii(",\"stamp\":{\"time\":").number(stamp.timeMs()).ascii(",\"node\":");
            out.string(stamp.node()).ascii('}');
        }
        out.ascii('}');
    }

    /**
     * Revisions with {@code opening} before them; nothing where there are none.
     *
     * @param opening such as {@code ,"_conflicts":[}
     */
    public static void list(JsonBuffer out, String opening, List<Revision> revisions) {
        if (revisions.isEmpty()) {
            return;
        }
        out.ascii(opening);
        String separator = "";
        for (Revision revision : revisions) {
            out.ascii(separator).string(revision.toString());
            separator = ",";
        }
        out.ascii(']');
    }

    /** Everything of one attachment but its content; without the closing brace. */
    public static void openAttachment(JsonBuffer out, Attachment attachment) {
        out.string(attachment.name())
                .ascii(":{\"content_type\":")
                .string(attachment.contentType())
                .ascii(",\"revpos\":")
                .number(attachment.revisionPosition())
                .ascii(",\"digest\":\"")
                .ascii(attachment.digest())
                .ascii('"');
    }

    /** @param encodingInfo whether it says how the content is stored */
    public static void closeAttachment(JsonBuffer out, Attachment attachment, boolean encodingInfo) {
        if (encodingInfo && attachment.encoding() != null) {
            out.ascii(",\"encoding\":")
                    .string(attachment.encoding())
                    .ascii(",\"encoded_length\":")
                    .number(attachment.encodedLength());
        }
        out.ascii('}');
    }

    /**
     * An attachment without its content.
     *
     * @param follows whether the content comes in a part of its own
     * @param encodingInfo whether it says how the content is stored
     */
    public static void stub(JsonBuffer out, Attachment attachment, boolean follows, boolean encodingInfo) {
        openAttachment(out, attachment);
        out.ascii(",\"length\":").number(attachment.length()).ascii(follows ? ",\"follows\":true" : ",\"stub\":true");
        closeAttachment(out, attachment, encodingInfo);
    }
}
