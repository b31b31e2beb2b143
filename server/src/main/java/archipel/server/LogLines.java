package archipel.server;

import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.LayoutBase;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The log as text: a line for each message, and the stack traces of errors below. Messages can hold text that clients
 * chose, wherever they are written, so that it is here that they are made harmless: nothing in them begins another
 * line, and nothing controls a terminal or changes the direction of what it shows.
 */
final class LogLines extends LayoutBase<ILoggingEvent> {
    /** Control characters of ASCII and of ISO 8859-1, Unicode's line breaks and directions. */
    private static final String UNSAFE = "\\p{Cc}\\u2028\\u2029\\u200e\\u200f\\u061c\\u202a-\\u202e\\u2066-\\u2069";

    private static final Pattern UNSAFE_IN_TEXT = Pattern.compile("[" + UNSAFE + "]");
    /** Line breaks belong to a stack trace before what one begins its lines with; tabs do. */
    private static final Pattern UNSAFE_IN_TRACE = Pattern.compile(
            "\\R(?=\\t*(?:at |\\.\\.\\. |Caused by: |Suppressed: |Wrapped by: )|\\z)|(?<=\\n)\\t+|([" + UNSAFE + "])");
    /** JSON has escaped those of ASCII. */
    private static final Pattern UNSAFE_IN_JSON = Pattern.compile("[" + UNSAFE + "&&[^\\x00-\\x1f]]");

    private final PatternLayout head = new PatternLayout();
    private final PatternLayout trace = new PatternLayout();

    @Override
    public void start() {
        start(head, "%d{\"yyyy-MM-dd'T'HH:mm:ss.SSSXXX\", UTC} %-5level %logger{0}: %nopex");
        start(trace, "%ex");
        super.start();
    }

    private void start(PatternLayout layout, String pattern) {
        layout.setContext(getContext());
        layout.setPattern(pattern);
        layout.start();
    }

    @Override
    public String doLayout(ILoggingEvent event) {
        return head.doLayout(event)
                + text(event.getFormattedMessage())
                + System.lineSeparator()
                + trace(trace.doLayout(event));
    }

    static String text(String message) {
        return UNSAFE_IN_TEXT.matcher(message).replaceAll("?");
    }

    static String trace(String trace) {
        return UNSAFE_IN_TRACE
                .matcher(trace)
                .replaceAll(found -> found.group(1) == null ? Matcher.quoteReplacement(found.group()) : "?");
    }

    /** The same characters in JSON are escaped. */
    static String json(String line) {
        return UNSAFE_IN_JSON
                .matcher(line)
                .replaceAll(
                        found -> String.format("\\\\u%04x", (int) found.group().charAt(0)));
    }
}
