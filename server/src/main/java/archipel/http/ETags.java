package archipel.http;

import archipel.document.Revision;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Entity tags as CouchDB compares them. */
public final class ETags {
    private ETags() {}

    /** Whether {@code If-None-Match} lists the tag, be it as a weak one; {@code *} means nothing here. */
    public static boolean matches(@Nullable String header, String etag) {
        return header != null && lists(header, etag, true);
    }

    /** Whether {@code If-Match} lists the tag as a strong one, or is {@code *}. */
    public static boolean matchesStrongly(String header, String etag) {
        return header.strip().equals("*") || lists(header, etag, false);
    }

    private static boolean lists(String header, String etag, boolean weak) {
        int start = 0;
        while (start < header.length()) {
            int end = endOfElement(header, start);
            String one = header.substring(start, end).strip();
            if (weak && one.startsWith("W/")) {
                one = one.substring(2);
            }
            if (one.equals(etag)) {
                return true;
            }
            start = end + 1;
        }
        return false;
    }

    /** The comma that ends a list's element; one within quotes belongs to the tag. */
    private static int endOfElement(String header, int start) {
        boolean quoted = false;
        for (int i = start; i < header.length(); i++) {
            if (header.charAt(i) == '"') {
                quoted = !quoted;
            } else if (header.charAt(i) == ',' && !quoted) {
                return i;
            }
        }
        return header.length();
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

    /** A document's: its revision as it is where that can stand in a tag, else what stands for it. */
    public static String of(Revision revision) {
        return revision.isTag() ? '"' + revision.toString() + '"' : of(revision.toString());
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
