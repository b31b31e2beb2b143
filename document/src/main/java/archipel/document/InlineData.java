package archipel.document;

import java.util.Arrays;
import java.util.Base64;

/** Strings in valid JSON text, and attachments' content in base64. */
final class InlineData {
    private InlineData() {}

    /** The string whose opening quote is at {@code value}. */
    static String text(byte[] in, int value) {
        int close = JsonSyntax.string(in, value + 1, in.length);
        return JsonSyntax.text(in, value + 1, close < 0 ? ~close : close, close < 0);
    }

    /**
     * The bytes that a base64 string stands for. As in CouchDB whitespace in it does not matter, padding does.
     *
     * @param value where the string is; negative if there is none
     * @throws RequestException 400 {@code bad_request}, {@code Invalid attachment data for NAME}
     */
    static byte[] decode(byte[] in, int value, String name) {
        if (value >= 0 && in[value] == '"') {
            int close = JsonSyntax.string(in, value + 1, in.length);
            byte[] base64 = close >= 0 ? Arrays.copyOfRange(in, value + 1, close) : new byte[~close - value];
            int length = close >= 0 ? base64.length : JsonSyntax.unescape(in, value + 1, ~close, base64, 0);
            length = withoutSpace(base64, length);
            if (length % 4 == 0) {
                try {
                    return Base64.getDecoder().decode(length == base64.length ? base64 : Arrays.copyOf(base64, length));
                } catch (IllegalArgumentException e) {
                    // Not base64: answered below.
                }
            }
        }
        throw new RequestException(ErrorCode.ATTACHMENT_DATA, name);
    }

    private static int withoutSpace(byte[] base64, int length) {
        int kept = 0;
        for (int i = 0; i < length; i++) {
            if (base64[i] > ' ') {
                base64[kept++] = base64[i];
            } else if (base64[i] < 0) {
                // Kept so that the decoder refuses it.
                base64[kept++] = base64[i];
            }
        }
        return kept;
    }
}
