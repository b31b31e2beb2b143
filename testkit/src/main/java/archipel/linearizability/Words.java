package archipel.linearizability;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/** Words with blanks between them; what would end a word, or stand for itself in a pair, is percent-encoded. */
final class Words {
    /** No other word encodes to it, since a percent sign is followed by two digits. */
    private static final String EMPTY = "%empty";

    private Words() {}

    static String join(List<String> words) {
        return words.stream().map(Words::encode).collect(Collectors.joining(" "));
    }

    static String join(String... words) {
        return join(Arrays.asList(words));
    }

    /** @throws IllegalArgumentException for what {@link #join} does not write */
    static List<String> split(String line) {
        return Arrays.stream(line.split(" ", -1)).map(Words::decode).toList();
    }

    static String encode(String word) {
        if (word.isEmpty()) {
            return EMPTY;
        }
        StringBuilder text = new StringBuilder(word.length());
        for (int i = 0; i < word.length(); i++) {
            char letter = word.charAt(i);
            if (letter <= ' ' || letter == '%' || letter == '=' || letter == 0x7f) {
                text.append('%').append(HexFormat.of().withUpperCase().toHexDigits((byte) letter));
            } else {
                text.append(letter);
            }
        }
        return text.toString();
    }

    static String decode(String word) {
        if (word.equals(EMPTY)) {
            return "";
        }
        if (word.indexOf('%') < 0) {
            return word;
        }
        byte[] encoded = word.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream text = new ByteArrayOutputStream(encoded.length);
        for (int i = 0; i < encoded.length; i++) {
            if (encoded[i] == '%' && i + 2 < encoded.length) {
                text.write(HexFormat.fromHexDigits(new String(encoded, i + 1, 2, StandardCharsets.US_ASCII)));
                i += 2;
            } else {
                text.write(encoded[i]);
            }
        }
        return text.toString(StandardCharsets.UTF_8);
    }
}
