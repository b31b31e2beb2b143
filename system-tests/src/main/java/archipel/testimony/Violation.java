package archipel.testimony;

/**
 * Something in a record that must not be.
 *
 * @param rule which promise it breaks, in a word or two
 * @param line of the record that shows it; 0 where no single line does
 */
public record Violation(String rule, long line, String message) {
    @Override
    public String toString() {
        return rule + (line > 0 ? ", line " + line : "") + ": " + message;
    }
}
