package archipel.client;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A state of a database that can be named.
 *
 * @param number counts the blocks of the database, from 1 on; 0 is the empty database
 * @param hash 64 hex digits; empty where only the number is known
 */
public record Block(long number, String hash) {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,18})(?:-0x([0-9a-fA-F]{64}))?");

    public Block {
        if (number < 0) {
            throw new IllegalArgumentException("a block's number is not negative: " + number);
        }
    }

    /** A block of which only the number is known. */
    public static Block number(long number) {
        return new Block(number, "");
    }

    /**
     * Reads what {@link #toString} writes, and what the header {@code Archipel-Block} says.
     *
     * @throws IllegalArgumentException for anything else
     */
    public static Block parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a block: " + text);
        }
        return new Block(Long.parseLong(matcher.group(1)), matcher.group(2) == null ? "" : matcher.group(2));
    }

    @Override
    public String toString() {
        return hash.isEmpty() ? Long.toString(number) : number + "-0x" + hash;
    }
}
