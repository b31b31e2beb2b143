package archipel.transport;

import java.util.regex.Pattern;

/** How members and ensembles are named: 1 to 64 characters of {@code [A-Za-z0-9._-]}. */
public final class MemberName {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private MemberName() {}

    public static boolean isOne(String text) {
        return NAME.matcher(text).matches();
    }

    /** @throws IllegalArgumentException where it is none */
    public static String require(String text) {
        if (!isOne(text)) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no name: 1 to 64 letters, digits, dots, underscores and hyphens");
        }
        return text;
    }
}
