package archipel.changes;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import java.util.HexFormat;

/**
 * A change's position as it is shown: {@code seq-hash8}, with the first 8 hex digits of its block's hash, so that a
 * reader that resumes on another history is found out. The start of a database is {@code 0}.
 *
 * @param number strictly increasing in one database, from 1; 0 is before the first change
 * @param hashPrefix the block hash's first four bytes, 0 when not given
 */
public record Sequence(long number, int hashPrefix) {
    public static final Sequence ZERO = new Sequence(0, 0);

    /**
     * Reads {@code seq-hash8} or a bare number.
     *
     * @throws RequestException 400 {@code bad_request}, {@code Malformed sequence supplied in 'since' parameter.}
     */
    public static Sequence parse(String text) {
        int dash = text.indexOf('-');
        try {
            long number = Long.parseLong(dash < 0 ? text : text.substring(0, dash));
            int prefix = 0;
            if (dash >= 0) {
                String hash = text.substring(dash + 1);
                if (hash.length() != 8) {
                    throw malformed();
                }
                prefix = HexFormat.fromHexDigits(hash);
            }
            if (number < 0) {
                throw malformed();
            }
            return new Sequence(number, prefix);
        } catch (IllegalArgumentException e) {
            throw malformed();
        }
    }

    private static RequestException malformed() {
        return new RequestException(ErrorCode.MALFORMED_SEQUENCE);
    }

    /** Writes the shown form as a JSON string, without making a string of it first. */
    public JsonBuffer appendTo(JsonBuffer json) {
        json.ascii('"').number(number);
        if (number != 0) {
            json.ascii('-');
            for (int shift = 28; shift >= 0; shift -= 4) {
                json.ascii(Character.forDigit(hashPrefix >>> shift & 15, 16));
            }
        }
        return json.ascii('"');
    }

    @Override
    public String toString() {
        return number == 0 ? "0" : number + "-" + HexFormat.of().toHexDigits(hashPrefix);
    }
}
