package archipel.mango;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a query will be answered, and what else was thought of.
 *
 * @param index which was chosen; null where none fits the order that is asked for
 * @param sorts whether the results have to be sorted once they are found, since no index has their order
 * @param candidates the other indexes, the documents themselves among them
 * @param estimatedRows how many rows or documents it will look at, about; -1 where that is not known
 */
record Plan(@Nullable FieldIndex index, Access access, boolean sorts, List<Candidate> candidates, long estimatedRows) {

    /**
     * An index that was not chosen.
     *
     * @param reason in CouchDB's words
     * @param covering null where that is no question
     */
    record Candidate(
            FieldIndex index,
            boolean usable,
            String reason,
            int ranking,
            @Nullable Boolean covering) {}

    boolean isCovering() {
        return access instanceof Access.Keys keys && keys.covering();
    }

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
}
