package archipel.ends;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.json.JsonCursor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One revision of a document as a source sent it: JSON with {@code _id}, {@code _rev} and {@code _revisions}, which is
 * passed on as it is. Valid until the next is asked for, since the bytes are part of a larger buffer.
 *
 * @param generation the newest of {@code _revisions}, or of {@code _rev}
 * @param ancestry hashes of the revision and its ancestors, newest first
 * @param attachments in the order of the text
 */
public record FetchedDocument(
        byte[] array,
        int offset,
        int length,
        String id,
        Revision revision,
        int generation,
        List<String> ancestry,
        List<AttachmentStub> attachments,
        boolean deleted) {
    /**
     * Looks into {@code json[from, to)}, an object.
     *
     * @throws RequestException 400 for what is no document of a replication
     */
    public static FetchedDocument of(byte[] json, int from, int to) {
        return new Look(json, from, to).document();
    }

    /** The JSON as bytes of its own. */
    public byte[] bytes() {
        return Arrays.copyOfRange(array, offset, offset + length);
    }

    /** Whether it is that revision, or has grown from it. */
    public boolean isOrDescendsFrom(Revision one) {
        return revision.equals(one) || descendsFrom(one);
    }

    private boolean descendsFrom(Revision one) {
        int steps = generation - one.generation();
        return steps >= 0 && steps < ancestry.size() && ancestry.get(steps).equals(one.hash());
    }

    /**
     * The attachments that a target lacks which has these revisions.
     *
     * @param known revisions of the target, of this branch or of others
     */
    public List<AttachmentStub> lacking(List<Revision> known) {
        int since = known.stream()
                .filter(this::descendsFrom)
                .mapToInt(Revision::generation)
                .max()
                .orElse(0);
        return attachments.stream()
                .filter(attachment -> since == 0 || attachment.revisionPosition() > since)
                .toList();
    }

    private static final class Look {
        private final byte[] json;
        private final int from;
        private final JsonCursor cursor;
        private @Nullable String id;
        private @Nullable Revision revision;
        private List<String> ancestry = List.of();
        private long start = -1;
        private List<AttachmentStub> attachments = List.of();
        private boolean deleted;

        Look(byte[] json, int from, int to) {
            this.json = json;
            this.from = from;
            this.cursor = new JsonCursor(json, from, to);
        }

        FetchedDocument document() {
            boolean isObject = cursor.enterObject();
            while (isObject && cursor.nextMember()) {
                member();
            }
            if (id == null || revision == null) {
                throw new RequestException(ErrorCode.REVISION_NEEDED);
            }
            boolean whole = start > 0 && start <= Integer.MAX_VALUE && !ancestry.isEmpty();
            return new FetchedDocument(
                    json,
                    from,
                    cursor.position() - from,
                    id,
                    revision,
                    whole ? (int) start : revision.generation(),
                    whole ? ancestry : List.of(revision.hash()),
                    attachments,
                    deleted);
        }

        private void member() {
            if (!cursor.isReserved()) {
                cursor.skip();
            } else if (cursor.isKey("_id")) {
                id = cursor.text();
            } else if (cursor.isKey("_rev")) {
                revision = Revision.parse(cursor.text());
            } else if (cursor.isKey("_deleted")) {
                deleted = cursor.isTrue();
            } else if (cursor.isKey("_revisions") && cursor.enterObject()) {
                revisions();
            } else if (cursor.isKey("_attachments") && cursor.enterObject()) {
                attachments();
            } else {
                cursor.skip();
            }
        }

        private void revisions() {
            while (cursor.nextMember()) {
                if (cursor.isKey("start")) {
                    start = cursor.number();
                } else if (cursor.isKey("ids") && cursor.enterArray()) {
                    ancestry = new ArrayList<>();
                    while (cursor.nextElement()) {
                        ancestry.add(cursor.text());
                    }
                } else {
                    cursor.skip();
                }
            }
        }

        private void attachments() {
            attachments = new ArrayList<>();
            while (cursor.nextMember()) {
                String name = cursor.key();
                if (!cursor.enterObject()) {
                    cursor.skip();
                    continue;
                }
                attachments.add(attachment(name));
            }
        }

        private AttachmentStub attachment(String name) {
            String type = null;
            String digest = null;
            String encoding = null;
            int position = 0;
            long length = -1;
            long encodedLength = -1;
            boolean follows = false;
            while (cursor.nextMember()) {
                if (cursor.isKey("content_type")) {
                    type = cursor.text();
                } else if (cursor.isKey("digest")) {
                    digest = cursor.text();
                } else if (cursor.isKey("encoding")) {
                    encoding = cursor.text();
                } else if (cursor.isKey("revpos")) {
                    position = (int) cursor.number();
                } else if (cursor.isKey("length")) {
                    length = cursor.number();
                } else if (cursor.isKey("encoded_length")) {
                    encodedLength = cursor.number();
                } else if (cursor.isKey("follows")) {
                    follows = cursor.isTrue();
                } else {
                    cursor.skip();
                }
            }
            return new AttachmentStub(name, type, position, digest, length, encodedLength, encoding, follows);
        }
    }
}
