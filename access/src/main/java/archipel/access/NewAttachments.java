package archipel.access;

import archipel.document.Attachment;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Where the attachments of a document about to be written come from. */
public sealed interface NewAttachments {
    /** From the document alone, which lists stubs and inline content. */
    NewAttachments LISTED = new Listed();

    /** See {@link #LISTED}. */
    record Listed() implements NewAttachments {}

    /**
     * From the document, which lists some whose content follows it.
     *
     * @param parts called once rights, rules and validation functions leave a chance that the document is accepted
     */
    record Following(Parts parts) implements NewAttachments {}

    /**
     * Of these alone, whatever the document lists.
     *
     * @param attachments those of a revision in the same database, or from the write's {@link AttachmentIntake}
     */
    record Given(List<Attachment> attachments) implements NewAttachments {}

    /**
     * Of these alone, whatever the document lists.
     *
     * @param content called once rights, rules and validation functions leave a chance that the document is accepted
     */
    record Received(Content content) implements NewAttachments {}

    /** Takes in content that follows its document. */
    @FunctionalInterface
    interface Parts {
        /** By name. */
        Map<String, Attachment> receive(AttachmentIntake intake) throws IOException;
    }

    /** Takes in content and says all that the document is to have. */
    @FunctionalInterface
    interface Content {
        List<Attachment> receive(AttachmentIntake intake) throws IOException;
    }
}
