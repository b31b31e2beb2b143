package archipel.rawhttp;

/** Takes the body of an answer, in order, in slices of the reader's own buffer. */
@FunctionalInterface
public interface BodySink {
    BodySink DISCARD = (bytes, offset, length) -> {};

    /** The slice is only valid during the call. */
    void accept(byte[] bytes, int offset, int length);
}
