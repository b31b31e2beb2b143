package archipel.history;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rows that are on disks: what was written once is read for ever. */
class BodyRowTest {
    private static final byte[] NONE = BodyRow.encodeAttachments(List.of());
    private static final byte[] JSON = "{}".getBytes(UTF_8);

    private static String hex(byte[] row) {
        return HexFormat.of().formatHex(row);
    }

    @Test
    void encode_withoutStamp_isAsEver() {
        byte[] row = BodyRow.encode(300, null, NONE, JSON);
        assertEquals("ac02" + "00" + "7b7d", hex(row));
        assertNull(BodyRow.stamp(row));
        assertEquals(300, BodyRow.block(row));
        assertEquals("2c" + "00" + "7b7d", hex(BodyRow.withBlock(row, 44)));
    }

    @Test
    void encode_withAStamp_hasItBehindTheBlock() {
        Stamp stamp = new Stamp(1_700_000_000_000L, "00112233445566ff");
        byte[] row = BodyRow.encode(300, stamp, NONE, JSON);
        assertEquals("00" + "ac02" + "80d095ffbc31" + "01" + "00112233445566ff" + "00" + "7b7d", hex(row));
        assertEquals(stamp, BodyRow.stamp(row));
        assertEquals(300, BodyRow.block(row));
        assertArrayEquals(JSON, BodyRow.decode(row).json());
        BodyRow.Metadata metadata = BodyRow.decodeMetadata(row);
        assertEquals(2, metadata.jsonBytes());
        assertEquals(300, metadata.block());
        Revision revision = new Revision(1, "a");
        assertArrayEquals(
                BodyRow.digested(revision, BodyRow.encode(300, null, NONE, JSON))
                        .jsonDigest(),
                BodyRow.digested(revision, row).jsonDigest());
        byte[] later = BodyRow.withBlock(row, 44);
        assertEquals(44, BodyRow.block(later));
        assertEquals(stamp, BodyRow.stamp(later));
        assertArrayEquals(JSON, BodyRow.decode(later).json());
    }

    @Test
    void encode_stampOfThisNode_namesNone() {
        byte[] row = BodyRow.encode(1, new Stamp(5, ""), NONE, JSON);
        assertEquals("00" + "01" + "05" + "00" + "00" + "7b7d", hex(row));
        assertEquals(new Stamp(5, ""), BodyRow.stamp(row));
    }
}
