package archipel.access;

import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.Revision;
import archipel.merge.MergePolicy;

/** What is to become of a document in conflict. */
public sealed interface ConflictChoice {
    /** That document, whose attachments may be stubs of any of the leaves. */
    record Document(ParsedDocument document) implements ConflictChoice {}

    /** What that leaf has. */
    record Winner(Revision leaf) implements ConflictChoice {}

    /** What that policy makes of it. */
    record Merge(MergePolicy policy) implements ConflictChoice {}
}
