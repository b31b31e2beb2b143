package archipel.transport;

/**
 * A connection of its own for one kind of traffic, so that large messages do not hold up small ones. What goes by one
 * lane arrives in the order in which it was sent; there is no order between lanes.
 */
public enum Lane {
    /** What others wait for and is small: votes, heartbeats, read indexes. */
    CONTROL,
    /** Log entries. */
    LOG,
    /** What is large and may take its time: pieces of images. */
    BULK,
    /**
     * Writes that another member decides. They wait for log entries to be stored, and hold up who sends more of them
     * meanwhile: on the lane of the entries, both could wait for each other.
     */
    WRITE;

    private static final Lane[] ALL = values();

    /** For the wire. */
    byte code() {
        return (byte) ordinal();
    }

    /** @throws WireException where no lane has that code */
    static Lane of(byte code) throws WireException {
        if (code < 0 || code >= ALL.length) {
            throw new WireException("there is no lane " + code);
        }
        return ALL[code];
    }
}
