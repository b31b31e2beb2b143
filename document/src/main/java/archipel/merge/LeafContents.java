package archipel.merge;

import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import org.jspecify.annotations.Nullable;

/** What a merge reads of one document's revisions. */
public interface LeafContents {
    /** Null where it is not here any more, or never was. */
    @Nullable
    DocumentBody body(Revision revision);

    /** Told of a content that is about to be merged, for which memory may have to be taken. */
    default void beforeMerge(DocumentBody body) {}

    /** When a leaf came to be; {@link Stamp#UNKNOWN} where that is not known. */
    Stamp stamp(Revision leaf);
}
