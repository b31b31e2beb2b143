package archipel.transport;

/** What a frame is. The codes are the wire's: none is ever given to another kind. */
enum FrameKind {
    /** From the caller, first of all: who it is, whom it wants, a nonce. */
    HELLO(1),
    /** From the answerer: a nonce of its own. */
    CHALLENGE(2),
    /** From the caller: that it knows the secret. */
    PROOF(3),
    /** From the answerer: that it knows the secret, too, and lets the caller in. */
    ACCEPT(4),
    /** From the answerer instead of any of its own: why not. */
    REFUSE(5),
    REQUEST(6),
    ANSWER(7),
    /** Instead of an answer: why there is none. */
    FAILURE(8),
    /** From the caller. */
    PING(9),
    /** From the answerer: for a ping, or to show that it is alive while it reads or lets wait what it is sent. */
    PONG(10);

    private static final FrameKind[] BY_CODE = new FrameKind[16];

    static {
        for (FrameKind kind : values()) {
            BY_CODE[kind.code] = kind;
        }
    }

    private final byte code;

    FrameKind(int code) {
        this.code = (byte) code;
    }

    byte code() {
        return code;
    }

    static FrameKind of(byte code) throws WireException {
        FrameKind kind = code < 0 || code >= BY_CODE.length ? null : BY_CODE[code];
        if (kind == null) {
            throw new WireException("there is no frame of kind " + code);
        }
        return kind;
    }
}
