package archipel.document;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * SHA-256 of some content, 32 bytes.
 *
 * @param bytes not to be changed
 */
public record ContentHash(byte[] bytes) implements Comparable<ContentHash> {
    public ContentHash {
        if (bytes.length != 32) {
            throw new IllegalArgumentException("a SHA-256 has 32 bytes, not " + bytes.length);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ContentHash that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** By their bytes, unsigned. */
    @Override
    public int compareTo(ContentHash other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    /** 64 lowercase hex digits. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}
