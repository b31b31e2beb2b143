package archipel.storage;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Builds keys and values byte by byte. Numbers are big endian, so that keys sort as their numbers do. */
public final class RowWriter {
    private byte[] bytes;
    private int size;

    public RowWriter(int capacity) {
        bytes = new byte[Math.max(16, capacity)];
    }

    public int size() {
        return size;
    }

    public RowWriter u8(int value) {
        room(1);
        bytes[size++] = (byte) value;
        return this;
    }

    public RowWriter u16(int value) {
        return u8(value >>> 8).u8(value);
    }

    public RowWriter u32(int value) {
        room(4);
        for (int shift = 24; shift >= 0; shift -= 8) {
            bytes[size++] = (byte) (value >>> shift);
        }
        return this;
    }

    public RowWriter u64(long value) {
        return u32((int) (value >>> 32)).u32((int) value);
    }

    /** Seven bits a byte, the lowest first; for numbers from 0. */
    public RowWriter varint(long value) {
        long rest = value;
        while (rest > 0x7f || rest < 0) {
            u8((int) (rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        return u8((int) rest);
    }

    public RowWriter raw(byte[] value) {
        return raw(value, 0, value.length);
    }

    public RowWriter raw(byte[] value, int offset, int length) {
        room(length);
        System.arraycopy(value, offset, bytes, size, length);
        size += length;
        return this;
    }

    /** A length as varint, then the bytes. */
    public RowWriter block(byte[] value) {
        return varint(value.length).raw(value);
    }

    /** A length as varint, then UTF-8. */
    public RowWriter text(String value) {
        return block(value.getBytes(StandardCharsets.UTF_8));
    }

    public byte[] toBytes() {
        return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
    }

    private void room(int more) {
        if (size + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(size + more, bytes.length * 2));
        }
    }
}
