package archipel.mime;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The name that a part's {@code Content-Disposition} gives it. Senders differ in how they write one that holds
 * quotation marks, line ends or more than ASCII: escaped with a backslash (RFC 2183), percent-encoded (browsers, and
 * what this node sends), as {@code filename*} (RFC 5987), or as it is (CouchDB). So there are several readings, of
 * which one has to be a name that is expected.
 */
public final class PartName {
    private PartName() {}

    /** The readings, the most literal ones first; none where the part has no name. */
    public static List<String> candidates(String disposition) {
        String plain = MultipartReader.parameter(disposition, "filename");
        String extended = extended(MultipartReader.parameter(disposition, "filename*"));
        Set<String> names = new LinkedHashSet<>();
        if (extended != null) {
            names.add(extended);
        }
        if (plain != null && !plain.isEmpty()) {
            names.add(plain);
            int open = disposition.indexOf("filename=\"");
            int close = disposition.lastIndexOf('"');
            if (open >= 0 && close > open + 10) {
                names.add(disposition.substring(open + 10, close));
            }
            for (String name : List.copyOf(names)) {
                String decoded = decoded(name);
                if (decoded != null) {
                    names.add(decoded);
                }
            }
        }
        return List.copyOf(names);
    }

    private static @Nullable String extended(@Nullable String value) {
        if (value == null) {
            return null;
        }
        int quote = value.indexOf('\'');
        int second = value.indexOf('\'', quote + 1);
        boolean utf8 = quote > 0 && second > 0 && value.substring(0, quote).equalsIgnoreCase("utf-8");
        return utf8 ? decoded(value.substring(second + 1)) : null;
    }

    private static @Nullable String decoded(String text) {
        try {
            return PercentCoding.decode(text, 0, text.length(), false);
        } catch (PercentCoding.MalformedException e) {
            return null;
        }
    }
}
