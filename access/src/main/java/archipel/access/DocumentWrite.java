package archipel.access;

import archipel.document.Attachment;
import archipel.document.DocumentParser.ParsedDocument;
import java.util.List;

/**
 * One document to be stored.
 *
 * @param id where it goes, whatever the document says itself; not one of {@code _local}
 * @param document with {@code revision} being the one that it replaces, from wherever the client gave it; an empty body
 *     with {@code deleted} for a deletion
 * @param newEdits false for a revision that was made elsewhere, which has to bring its revision
 */
public record DocumentWrite(String id, ParsedDocument document, boolean newEdits, NewAttachments attachments) {
    public DocumentWrite {
        if (!newEdits && !listsAttachments(attachments)) {
            throw new IllegalArgumentException("a revision that was made elsewhere lists its attachments");
        }
    }

    /** Whether the body is new, too. Where attachments alone are new, it is one that was taken when it came. */
    boolean bringsBody() {
        return listsAttachments(attachments);
    }

    private static boolean listsAttachments(NewAttachments attachments) {
        return attachments instanceof NewAttachments.Listed || attachments instanceof NewAttachments.Following;
    }

    /** Whose attachments are those that the document lists. */
    public static DocumentWrite of(String id, ParsedDocument document, boolean newEdits) {
        return new DocumentWrite(id, document, newEdits, NewAttachments.LISTED);
    }

    /** An edit made here that has these attachments, whatever the document lists. */
    public static DocumentWrite of(String id, ParsedDocument document, List<Attachment> attachments) {
        return new DocumentWrite(id, document, true, new NewAttachments.Given(attachments));
    }
}
