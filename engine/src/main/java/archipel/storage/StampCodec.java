package archipel.storage;

import archipel.document.Revision.Stamp;
import java.util.HexFormat;

/** Stamps in rows and commands: the time as a varint, whether the node is told, then the node's 8 bytes. */
public final class StampCodec {
    private static final HexFormat HEX = HexFormat.of();

    private StampCodec() {}

    public static RowWriter write(RowWriter row, Stamp stamp) {
        row.varint(stamp.timeMs());
        return stamp.node().isEmpty() ? row.u8(0) : row.u8(1).raw(HEX.parseHex(stamp.node()));
    }

    public static Stamp read(RowReader row) {
        long timeMs = row.varint();
        int told = row.u8();
        if (timeMs < 0 || told > 1) {
            throw new StorageException(StorageException.Kind.CORRUPT, "a stamp of an unknown form");
        }
        return new Stamp(timeMs, told == 0 ? "" : HEX.formatHex(row.raw(Stamp.NODE_DIGITS / 2)));
    }
}
