package archipel.read;

import archipel.changes.Block;
import archipel.document.ErrorCode;
import archipel.document.RequestException;

/** The block that a read wants cannot be had. */
public final class BlockException extends RequestException {
    private final transient Kind kind;
    private final transient String asked;
    private final transient Block head;
    private final long horizon;

    /**
     * @param asked as the reader named it
     * @param horizon number of the oldest block that can be read
     */
    public BlockException(Kind kind, String asked, Block head, long horizon) {
        super(kind.code, kind.fields(asked, head, horizon));
        this.kind = kind;
        this.asked = asked;
        this.head = head;
        this.horizon = horizon;
    }

    public Kind kind() {
        return kind;
    }

    public String asked() {
        return asked;
    }

    /** The newest block when the answer was made. */
    public Block head() {
        return head;
    }

    /** The number of the oldest block that could be read. */
    public long horizon() {
        return horizon;
    }

    /** Why not. */
    public enum Kind {
        /** It may come: ask again. */
        NOT_YET(ErrorCode.BLOCK_NOT_REACHED),
        /** It was there and is no longer kept. */
        BELOW_HORIZON(ErrorCode.BLOCK_PRUNED),
        /** No block of this database, now or before, is that one. */
        UNKNOWN(ErrorCode.BLOCK_UNKNOWN),
        /** What was asked names no block. */
        MALFORMED(ErrorCode.BLOCK_MALFORMED);

        private final ErrorCode code;

        Kind(ErrorCode code) {
            this.code = code;
        }

        private Object[] fields(String asked, Block head, long horizon) {
            return switch (this) {
                case NOT_YET -> new Object[] {asked, head.number()};
                case BELOW_HORIZON -> new Object[] {asked, horizon};
                case UNKNOWN, MALFORMED -> new Object[] {asked};
            };
        }
    }
}
