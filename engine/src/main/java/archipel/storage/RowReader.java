package archipel.storage;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads what {@link RowWriter} wrote; bytes that end early are a {@link StorageException} of kind corrupt. */
public final class RowReader {
    private final byte[] bytes;
    private int at;

    public RowReader(byte[] bytes) {
        this(bytes, 0);
    }

    public RowReader(byte[] bytes, int offset) {
        this.bytes = bytes;
        this.at = offset;
    }

    /** Where the next byte is. */
    public int position() {
        return at;
    }

    public int remaining() {
        return bytes.length - at;
    }

    public int u8() {
        need(1);
        return bytes[at++] & 255;
    }

    public int u16() {
        return u8() << 8 | u8();
    }

    public int u32() {
        need(4);
        int value = 0;
        for (int i = 0; i < 4; i++) {
            value = value << 8 | bytes[at++] & 255;
        }
        return value;
    }

    public long u64() {
        return (long) u32() << 32 | u32() & 0xffffffffL;
    }

    public long varint() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int next = u8();
            value |= (long) (next & 0x7f) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw new StorageException(StorageException.Kind.CORRUPT, "a number in a row is longer than 64 bits");
    }

    /** A varint that counts bytes or entries of this row. */
    public int count() {
        long value = varint();
        if (value < 0 || value > remaining()) {
            throw new StorageException(
                    StorageException.Kind.CORRUPT,
                    "a row names " + value + " where " + remaining() + " bytes are left");
        }
        return (int) value;
    }

    public byte[] raw(int length) {
        need(length);
        byte[] value = Arrays.copyOfRange(bytes, at, at + length);
        at += length;
        return value;
    }

    public void skip(int length) {
        need(length);
        at += length;
    }

    public byte[] block() {
        return raw(count());
    }

    public String text() {
        int length = count();
        String value = new String(bytes, at, length, StandardCharsets.UTF_8);
        at += length;
        return value;
    }

    /** All that is left. */
    public byte[] rest() {
        return raw(remaining());
    }

    private void need(int length) {
        if (length < 0 || length > bytes.length - at) {
            throw new StorageException(
                    StorageException.Kind.CORRUPT,
                    "a row ends after " + bytes.length + " bytes, " + (at + (long) length) + " were expected");
        }
    }
}
