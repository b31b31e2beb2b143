package archipel.ends;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** A revision and the content of its attachments, which is read once and in order. For one thread. */
public interface AttachedDocument {
    /** Lists attachments that follow, and stubs of those that the target has. */
    FetchedDocument document();

    /** Those that follow, in the order in which they do. */
    List<AttachmentStub> following();

    /**
     * The content of the next of {@link #following}, as encoded as that says; its end is where the content ends.
     *
     * @throws IOException where it cannot be read, or is not whole
     */
    InputStream next() throws IOException;
}
