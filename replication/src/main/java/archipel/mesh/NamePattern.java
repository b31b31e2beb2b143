package archipel.mesh;

import archipel.document.Names;
import java.util.List;

/** Names of databases, in which {@code *} stands for any characters. */
public final class NamePattern {
    /** So many are taken of one user. */
    public static final int MOST = 100;

    /** Characters of one. */
    public static final int LONGEST = 300;

    private NamePattern() {}

    /** Whether one of them matches; system databases only where they are named in full. */
    static boolean matches(List<String> patterns, String name) {
        for (String pattern : patterns) {
            if (Names.isSystemDatabase(name) ? pattern.equals(name) : matches(pattern, name)) {
                return true;
            }
        }
        return false;
    }

    /** From left to right: where the last star was too short it takes one character more. */
    private static boolean matches(String pattern, String name) {
        int at = 0;
        int star = -1;
        int afterStar = 0;
        int i = 0;
        while (i < name.length()) {
            if (at < pattern.length() && pattern.charAt(at) == '*') {
                star = at++;
                afterStar = i;
            } else if (at < pattern.length() && pattern.charAt(at) == name.charAt(i)) {
                at++;
                i++;
            } else if (star >= 0) {
                at = star + 1;
                i = ++afterStar;
            } else {
                return false;
            }
        }
        while (at < pattern.length() && pattern.charAt(at) == '*') {
            at++;
        }
        return at == pattern.length();
    }
}
