package archipel.http;

/**
 * Text that clients chose, as one word of a line in the log, so that lines can be taken apart again. What is harmful in
 * every message, such as control characters, is taken out where the log is written.
 */
final class LogText {
    private static final int LONGEST = 2_000;

    private LogText() {}

    /** Without spaces, line breaks and what follows the first 2,000 characters. */
    static String plain(String text) {
        return cut(text).replaceAll("\\s", "?");
    }

    /** In quotes, and without quotes inside. */
    static String quoted(String text) {
        return '"' + cut(text).replace('"', '?') + '"';
    }

    private static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    }
}
