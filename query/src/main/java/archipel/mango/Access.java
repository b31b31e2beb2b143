package archipel.mango;

import java.util.List;

/** How a plan comes by the documents that it looks at. */
sealed interface Access {
    /** The selector can match nothing. */
    record Nothing() implements Access {}

    /** All documents whose ids lie there, in the order of ids. */
    record Documents(ByteRanges ids) implements Access {}

    /**
     * The documents of an index whose keys lie there, in the order of the index.
     *
     * @param covering whether the keys have all that is asked for, so that no document is read
     */
    record Keys(FieldIndex index, ByteRanges keys, boolean covering) implements Access {}

    /** What any of several walks finds, in the order of ids. */
    record Union(List<Keys> walks) implements Access {}
}
