package archipel.shell;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.json.JsonSlice;
import archipel.settings.SettingException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/** The value that {@code archipel set} is given: JSON where it parses as JSON, otherwise text. */
final class GivenValue {
    private static final String STANDARD_INPUT = "-";
    /** Above what any node takes; without a bound, an endless input would end in an exhausted heap. */
    private static final int MOST_BYTES = 64 << 20;

    private GivenValue() {}

    /**
     * The value as JSON on one line, numbers and members as they were written.
     *
     * @param argument the value, or {@code -} for one from standard input
     * @param text whether it is text even if it parses as JSON
     * @throws SettingException when standard input cannot be read, is too large, or is no UTF-8
     */
    static byte[] read(String argument, InputStream in, boolean text) {
        boolean streamed = argument.equals(STANDARD_INPUT);
        byte[] given = streamed ? all(in) : argument.getBytes(UTF_8);
        if (!text) {
            try {
                return JsonSlice.of(given).compact();
            } catch (RequestException _) {
                // Text.
            }
        }
        String characters = streamed ? withoutLineFeed(decoded(given)) : argument;
        return new JsonBuffer().string(characters).toByteArray();
    }

    private static byte[] all(InputStream in) {
        try {
            byte[] all = in.readNBytes(MOST_BYTES + 1);
            if (all.length > MOST_BYTES) {
                throw new SettingException("The value is larger than " + (MOST_BYTES >> 20) + " MiB: store it as an "
                        + "attachment of a document.");
            }
            return all;
        } catch (IOException e) {
            throw new SettingException("The value cannot be read from standard input: " + e.getMessage(), e);
        }
    }

    private static String decoded(byte[] bytes) {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new SettingException(
                    "The value is not UTF-8 text: encode it, for example with base64, or store it as an attachment of "
                            + "a document.",
                    e);
        }
    }

    /** As a shell takes what a command prints. */
    private static String withoutLineFeed(String text) {
        return text.endsWith("\r\n")
                ? text.substring(0, text.length() - 2)
                : text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }
}
