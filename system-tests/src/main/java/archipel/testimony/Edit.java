package archipel.testimony;

import org.jspecify.annotations.Nullable;

/**
 * What a write did to one document, or was to do.
 *
 * @param version that it gives the document
 * @param rev null unless accepted
 */
public record Edit(
        String id,
        long version,
        boolean deleted,
        Outcome outcome,
        @Nullable String rev) {
    /** What the writer knows of it. */
    public enum Outcome {
        /** It was acknowledged. */
        ACCEPTED,
        /** The answer said no: it must never show. */
        REFUSED,
        /** There was no whole answer: it may show at some later time, or never. */
        UNKNOWN
    }
}
