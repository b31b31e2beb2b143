package archipel.read;

import archipel.document.DocumentBody;
import archipel.document.Leaf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A walk over versions of documents; begins before the first. For one thread, while its reader is open. */
public interface VersionCursor extends Visibility.StoredDocument, AutoCloseable {
    boolean next();

    @Override
    String id();

    /** Of the change that made the version. */
    long seq();

    /** The number of the block that made the version. */
    long block();

    /** The winner first. */
    List<Leaf> leaves();

    @Override
    default Leaf winner() {
        return leaves().getFirst();
    }

    /** The winner's body at that version; null when it is gone. */
    @Override
    @Nullable
    DocumentBody body();

    @Override
    void close();
}
