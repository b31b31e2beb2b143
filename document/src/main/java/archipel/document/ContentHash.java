package archipel.document;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * SHA-256 of some content, 32 bytes.
 *
 * @param bytes not to be changed
 */
public record ContentHash(byte[] bytes) {
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

    /** 64 lowercase hex digits. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}
