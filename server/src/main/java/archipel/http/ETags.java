package archipel.http;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Entity tags as CouchDB compares them. */
public final class ETags {
    private ETags() {}

    /** Whether {@code If-None-Match} or {@code If-Match} lists the tag; {@code *} means nothing here. */
    public static boolean matches(@Nullable String header, String etag) {
        if (header == null) {
            return false;
        }
        int start = 0;
        while (start < header.length()) {
            int end = header.indexOf(',', start);
            if (end < 0) {
                end = header.length();
            }
            String one = header.substring(start, end).strip();
            if (one.startsWith("W/")) {
                one = one.substring(2);
            }
            if (one.equals(etag)) {
                return true;
            }
            start = end + 1;
        }
        return false;
    }

    /** {@code If-Match}'s value without its quotes, which is a revision; null when absent. */
    public static @Nullable String unquoted(@Nullable String header) {
        if (header == null) {
            return null;
        }
        String text = header.strip();
        if (text.startsWith("W/")) {
            text = text.substring(2);
        }
        return text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")
                ? text.substring(1, text.length() - 1)
                : text;
    }

    /** An opaque tag for what some text determines. */
    public static String of(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        long hash = crc.getValue() << 32 ^ text.hashCode() & 0xFFFFFFFFL;
        return '"' + Long.toUnsignedString(hash, 36).toUpperCase(java.util.Locale.ROOT) + '"';
    }
}
