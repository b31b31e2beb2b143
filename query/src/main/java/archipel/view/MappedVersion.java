package archipel.view;

import archipel.document.Attachment;
import archipel.document.DocumentBody;
import archipel.document.JsonBuffer;
import archipel.document.Leaf;
import java.util.Base64;
import java.util.List;
import java.util.function.Predicate;

/** A document as a map function sees it. */
final class MappedVersion {
    private MappedVersion() {}

    /**
     * JSON: the body between {@code _id}, {@code _rev} and {@code _attachments} (stubs), {@code _conflicts} and {@code
     * _deleted_conflicts} where there are any.
     *
     * @param leaves of the document then, the winner first
     * @param body the winner's
     * @param localSequence the seq of that change; 0 when the maps do not see it
     */
    static byte[] json(String id, List<Leaf> leaves, DocumentBody body, long localSequence) {
        byte[] json = body.json();
        JsonBuffer out =
                new JsonBuffer(json.length + 96 + 160 * body.attachments().size());
        out.ascii("{\"_id\":").string(id).ascii(",\"_rev\":");
        out.string(leaves.getFirst().revision().toString());
        members(out, json);
        attachments(out, body.attachments());
        revisions(out, ",\"_conflicts\":[", leaves, leaf -> !leaf.deleted());
        revisions(out, ",\"_deleted_conflicts\":[", leaves, Leaf::deleted);
        if (localSequence > 0) {
            out.ascii(",\"_local_seq\":").number(localSequence);
        }
        return out.ascii('}').toByteArray();
    }

    // What stands between the braces of a stored object, after a comma.
    private static void members(JsonBuffer out, byte[] json) {
        int start = 0;
        while (json[start] != '{') {
            start++;
        }
        int end = json.length - 1;
        while (json[end] != '}') {
            end--;
        }
        start++;
        while (start < end && json[start] <= ' ') {
            start++;
        }
        if (start < end) {
            out.ascii(',').raw(json, start, end - start);
        }
    }

    private static void attachments(JsonBuffer out, List<Attachment> attachments) {
        String separator = ",\"_attachments\":{";
        for (Attachment attachment : attachments) {
            out.ascii(separator).string(attachment.name()).ascii(":{\"content_type\":");
            out.string(attachment.contentType()).ascii(",\"revpos\":").number(attachment.revisionPosition());
            out.ascii(",\"digest\":\"md5-").ascii(Base64.getEncoder().encodeToString(attachment.md5()));
            out.ascii("\",\"length\":").number(attachment.length()).ascii(",\"stub\":true}");
            separator = ",";
        }
        if (!attachments.isEmpty()) {
            out.ascii('}');
        }
    }

    private static void revisions(JsonBuffer out, String begin, List<Leaf> leaves, Predicate<Leaf> wanted) {
        String separator = begin;
        for (Leaf leaf : leaves.subList(1, leaves.size())) {
            if (wanted.test(leaf)) {
                out.ascii(separator).string(leaf.revision().toString());
                separator = ",";
            }
        }
        if (!separator.equals(begin)) {
            out.ascii(']');
        }
    }
}
