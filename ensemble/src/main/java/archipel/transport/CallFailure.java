package archipel.transport;

/**
 * Why a call has no answer.
 *
 * @param mayHaveArrived whether the other side may have got the request, and so may act on it; false where it
 *     certainly has not and never will
 * @param message for people; with {@link Kind#REFUSED} it is the other side's
 */
public record CallFailure(Kind kind, boolean mayHaveArrived, String message) {
    /** What went wrong. */
    public enum Kind {
        /** There is no connection, or it was lost before the request was sent. */
        NOT_CONNECTED,
        /** The connection was lost after the request was sent. */
        LOST,
        /** No answer came in time. */
        TIMED_OUT,
        /** The other side answered with a failure. */
        REFUSED,
        /** Too many bytes wait to be sent; the call may be made again once some are. */
        OVERLOADED,
        /** The request is larger than a frame may be. */
        TOO_LARGE,
        /** The link or the transport was closed. */
        CLOSED
    }
}
