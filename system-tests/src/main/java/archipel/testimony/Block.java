package archipel.testimony;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * A block as answers name it.
 *
 * @param hash in hex, with {@code 0x} in front
 */
public record Block(long number, String hash) {
    /**
     * Reads {@code 12-0xabc}.
     *
     * @throws IllegalArgumentException where it is none
     */
    @JsonCreator
    public static Block parse(String text) {
        int dash = text.indexOf("-0x");
        if (dash < 1) {
            throw new IllegalArgumentException("no block: " + text);
        }
        return new Block(Long.parseLong(text.substring(0, dash)), text.substring(dash + 1));
    }

    @Override
    @JsonValue
    public String toString() {
        return number + "-" + hash;
    }
}
