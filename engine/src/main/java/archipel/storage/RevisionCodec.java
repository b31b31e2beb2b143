package archipel.storage;

import archipel.document.Revision;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Revisions in keys and rows: the generation in four bytes, then how the hash is written (1: 16 bytes that stand for 32
 * lowercase hex digits; 0: a varint length and text), then the hash. Sorts by generation.
 */
public final class RevisionCodec {
    private static final HexFormat HEX = HexFormat.of();

    private RevisionCodec() {}

    public static RowWriter write(RowWriter row, Revision revision) {
        row.u32(revision.generation());
        String hash = revision.hash();
        if (isHex(hash)) {
            row.u8(1);
            for (int i = 0; i < 32; i += 2) {
                row.u8(HexFormat.fromHexDigit(hash.charAt(i)) << 4 | HexFormat.fromHexDigit(hash.charAt(i + 1)));
            }
            return row;
        }
        return row.u8(0).block(hash.getBytes(StandardCharsets.UTF_8));
    }

    public static Revision read(RowReader row) {
        int generation = row.u32();
        return switch (row.u8()) {
            case 0 -> new Revision(generation, row.text());
            case 1 -> new Revision(generation, HEX.formatHex(row.raw(16)));
            default ->
                throw new StorageException(StorageException.Kind.CORRUPT, "a revision's hash has an unknown form");
        };
    }

    private static boolean isHex(String hash) {
        if (hash.length() != 32) {
            return false;
        }
        for (int i = 0; i < 32; i++) {
            char c = hash.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }
}
