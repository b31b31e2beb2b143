package archipel.memory;

/**
 * How much heap a JSON text takes as a tree of objects, without building it: a sum over the characters that open
 * values. Errs on the high side, by a quarter for usual documents; an empty object costs what it costs.
 */
public final class JsonWeight {
    private static final int OBJECT = 112;
    private static final int ARRAY = 72;
    private static final int MEMBER = 64;
    /** With what reading a number of a few digits allocates on the way. */
    private static final int ELEMENT = 48;
    /** A string has two quotes. */
    private static final int QUOTE = 36;

    private JsonWeight() {}

    /**
     * The weight of the text, bytes.
     *
     * @param json valid or not; what does not parse is never built
     */
    public static long of(byte[] json, int from, int to) {
        long weight = 64 + 2L * (to - from);
        boolean inString = false;
        for (int i = from; i < to; i++) {
            byte c = json[i];
            if (inString) {
                if (c == '\\') {
                    i++;
                } else if (c == '"') {
                    inString = false;
                    weight += QUOTE;
                }
                continue;
            }
            switch (c) {
                case '"' -> {
                    inString = true;
                    weight += QUOTE;
                }
                case '{' -> weight += OBJECT;
                case '[' -> weight += ARRAY;
                case ':' -> weight += MEMBER;
                case ',' -> weight += ELEMENT;
                default -> {
                    // Digits and words are paid for by the byte.
                }
            }
        }
        return weight;
    }

    /** That of a whole text. */
    public static long of(byte[] json) {
        return of(json, 0, json.length);
    }
}
