package archipel.transport;

/**
 * How much of what a transport holds.
 *
 * @param frameBytes of one request or answer
 * @param queuedBytes of requests that wait to be written to one connection; a call beyond fails at once. One request
 *     is taken whatever its size.
 * @param handledBytes of one connection's requests that are being answered, and of their answers until these are
 *     written; the transport reads no more until there is room
 * @param answerBytes that wait to be written to one connection; a member that lets more come together is cut off
 * @param unproved connections at once that have not proved themselves, of strangers
 * @param unprovedPerAddress the same of one address, or of one network of 64 bits where that is IPv6; as many of each
 *     address of a member
 */
public record Bounds(
        int frameBytes, long queuedBytes, long handledBytes, long answerBytes, int unproved, int unprovedPerAddress) {
    /** Of a frame before both sides have proved themselves. */
    static final int UNPROVED_FRAME_BYTES = 4 << 10;

    public static final Bounds DEFAULT = new Bounds(64 << 20, 64L << 20, 64L << 20, 256L << 20, 64, 16);

    /** The same with other bounds on bytes. */
    public Bounds withBytes(int newFrame, long newQueued, long newHandled, long newAnswer) {
        return new Bounds(newFrame, newQueued, newHandled, newAnswer, unproved, unprovedPerAddress);
    }
}
