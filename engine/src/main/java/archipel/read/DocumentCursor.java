package archipel.read;

import archipel.document.DocumentBody;
import archipel.document.Leaf;
import org.jspecify.annotations.Nullable;

/** A walk over documents; begins before the first. For one thread, while its reader is open. */
public interface DocumentCursor extends Visibility.StoredDocument, AutoCloseable {
    boolean next();

    @Override
    String id();

    @Override
    Leaf winner();

    DocumentRecord record();

    /** The winner's body; null when deleted documents' bodies are not there any more. */
    @Override
    @Nullable
    DocumentBody body();

    @Override
    void close();
}
