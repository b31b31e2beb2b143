package archipel.house;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A class, or a method of one, that a page names.
 *
 * @param method empty for the class itself
 */
record NamedCode(String type, String method) {
    private static final Pattern NAME = Pattern.compile("`([A-Z][a-z]\\w*)(?:\\.([a-z]\\w*))?`");

    /** What stands between backquotes and looks like a class. */
    static List<NamedCode> in(String line) {
        List<NamedCode> names = new ArrayList<>();
        Matcher name = NAME.matcher(line);
        while (name.find()) {
            names.add(new NamedCode(name.group(1), name.group(2) == null ? "" : name.group(2)));
        }
        return names;
    }

    boolean isIn(SourceFile source) {
        return source.className().equals(type)
                && (method.isEmpty() || source.lines().stream().anyMatch(line -> line.contains(" " + method + "(")));
    }

    @Override
    public String toString() {
        return method.isEmpty() ? type : type + "." + method;
    }
}
