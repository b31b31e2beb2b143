package archipel.divergence;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import java.util.HexFormat;

/**
 * What a member has at a {@link Point}.
 *
 * @param hash 64 hex digits, of {@link Kind#HASH} alone
 */
record Value(Kind kind, String hash) {
    private static final int HASH_BYTES = 32;
    private static final Kind[] KINDS = Kind.values();

    /** Of a member that has not come as far, or further, or not that database: nothing follows from it. */
    static final Value UNKNOWN = new Value(Kind.UNKNOWN, "");
    /** The member should have a block there, and has none. */
    static final Value NONE = new Value(Kind.NONE, "");

    /** In the order of their codes. */
    enum Kind {
        UNKNOWN,
        NONE,
        HASH
    }

    static Value of(byte[] hash) {
        return new Value(Kind.HASH, HexFormat.of().formatHex(hash));
    }

    boolean isKnown() {
        return kind != Kind.UNKNOWN;
    }

    /** Whether both are known and not the same. */
    boolean differs(Value other) {
        return isKnown() && other.isKnown() && !equals(other);
    }

    void write(RowWriter out) {
        out.u8(kind.ordinal());
        if (kind == Kind.HASH) {
            out.raw(HexFormat.of().parseHex(hash));
        }
    }

    static Value read(RowReader in) {
        int kind = in.u8();
        if (kind >= KINDS.length) {
            return UNKNOWN;
        }
        return KINDS[kind] == Kind.HASH ? of(in.raw(HASH_BYTES)) : new Value(KINDS[kind], "");
    }
}
