package archipel.http;

/** Text that clients chose, made harmless for lines of a log. */
final class LogText {
    private static final int LONGEST = 2_000;

    private LogText() {}

    /** Without spaces, control characters and what follows the first 2,000 characters. */
    static String plain(String text) {
        return cut(text).replaceAll("[\\p{Cntrl}\\s\\u2028\\u2029]", "?");
    }

    /** In quotes, and without quotes and control characters inside. */
    static String quoted(String text) {
        return '"' + cut(text).replaceAll("[\\p{Cntrl}\\u2028\\u2029\"]", "?") + '"';
    }

    private static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    }
}
