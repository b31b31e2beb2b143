package archipel.load;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Picks single members out of small answers; enough for answers whose shape is known. */
public final class Json {
    private Json() {}

    /** @throws IllegalArgumentException where there is no such member */
    public static long number(String json, String name) {
        return Long.parseLong(find(json, "\"" + name + "\"\\s*:\\s*(\\d+)"));
    }

    /** A member's text, or a number as it is written. */
    public static String text(String json, String name) {
        return find(json, "\"" + name + "\"\\s*:\\s*\"?((?:[^\"\\\\,}]|\\\\.)*)");
    }

    private static String find(String json, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(json);
        if (!matcher.find()) {
            throw new IllegalArgumentException("no " + pattern + " in " + json);
        }
        return matcher.group(1);
    }
}
