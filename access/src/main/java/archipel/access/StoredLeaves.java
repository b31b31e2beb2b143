package archipel.access;

import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import archipel.merge.LeafContents;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import org.jspecify.annotations.Nullable;

/** The revisions of one document, as a reader shows them. */
record StoredLeaves(Reader reader, DocumentRecord record) implements LeafContents {
    @Override
    public @Nullable DocumentBody body(Revision revision) {
        return reader.documents().body(record, revision);
    }

    @Override
    public Stamp stamp(Revision leaf) {
        Stamp stamp = reader.documents().stamp(record, leaf);
        return stamp == null ? Stamp.UNKNOWN : stamp;
    }
}
