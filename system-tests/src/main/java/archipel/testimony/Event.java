package archipel.testimony;

import org.jspecify.annotations.Nullable;

/**
 * One request and what came of it: a line of the record.
 *
 * <p>{@code begin} and {@code end} come from one counter that all clients share. Where one event's end is less than
 * another's begin, the first was over before the second was asked: nothing more is known of time, and nothing more is
 * needed.
 *
 * @param begin drawn before the request was sent
 * @param end drawn after the whole answer was there; lines stand in this order
 * @param request method and path with parameters, and the body where it has one
 * @param status 0 where there was no whole answer
 * @param block that the answer named; null where it named none
 * @param etag as in the answer
 * @param digest of the answer's body
 */
public record Event(
        long begin,
        long end,
        String client,
        String request,
        Ask ask,
        int status,
        @Nullable Block block,
        @Nullable String etag,
        @Nullable String digest,
        Seen seen) {
    /** Whether the answer showed a state of the database. */
    public boolean showsState() {
        return block != null && !(seen instanceof Seen.Refusal);
    }
}
