package archipel.transport;

import org.jspecify.annotations.Nullable;

/** What calls are for: each has one {@link Handler} at the other side, and the lane that its calls go by. */
public enum Service {
    /** Raft's votes, heartbeats and read indexes. */
    RAFT_CONTROL(0, Lane.CONTROL),
    /** Raft's log entries. */
    RAFT_LOG(1, Lane.LOG),
    /** Writes that another member has to decide. */
    FORWARD(3, Lane.WRITE),
    /** Pieces of the images of groups. */
    IMAGE(5, Lane.BULK),
    /** What members tell each other about themselves. */
    MEMBERS(6, Lane.CONTROL),
    /** Changes of the members, which the one that leads decides. */
    MEMBERSHIP(7, Lane.CONTROL),
    /** Hashes of blocks, which are the same on all members. */
    CHAINS(8, Lane.CONTROL);

    private static final @Nullable Service[] BY_CODE = new @Nullable Service[16];

    static {
        for (Service service : values()) {
            BY_CODE[service.code] = service;
        }
    }

    private final byte code;
    private final Lane lane;

    Service(int code, Lane lane) {
        this.code = (byte) code;
        this.lane = lane;
    }

    public Lane lane() {
        return lane;
    }

    /** For the wire: a code is never given to another service. */
    byte code() {
        return code;
    }

    /** Null where no service of this version has that code; a later one may. */
    static @Nullable Service of(byte code) {
        return code < 0 || code >= BY_CODE.length ? null : BY_CODE[code];
    }
}
