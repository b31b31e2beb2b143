package archipel.access;

import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import archipel.memory.Allowance;
import archipel.merge.LeafContents;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import org.jspecify.annotations.Nullable;

/** The revisions of one document, as a reader shows them. */
record StoredLeaves(Reader reader, DocumentRecord record) implements LeafContents {
    /** A merge has the texts of some contents at once, as they are, in canonical form and by member. */
    private static final int COPIES = 8;

    @Override
    public @Nullable DocumentBody body(Revision revision) {
        return reader.documents().body(record, revision);
    }

    @Override
    public void beforeMerge(DocumentBody body) {
        Allowance.current().pass((long) COPIES * body.json().length);
    }

    @Override
    public Stamp stamp(Revision leaf) {
        Stamp stamp = reader.documents().stamp(record, leaf);
        return stamp == null ? Stamp.UNKNOWN : stamp;
    }
}
