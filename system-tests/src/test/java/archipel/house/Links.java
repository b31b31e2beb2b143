package archipel.house;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The links of Markdown to files of the checkout. */
final class Links {
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)#\\s]+)(#[^)]*)?\\)");

    private Links() {}

    /** The paths, without addresses elsewhere and without the place in the page. */
    static List<String> in(String line) {
        List<String> targets = new ArrayList<>();
        Matcher link = LINK.matcher(line);
        while (link.find()) {
            if (!link.group(1).contains(":")) {
                targets.add(link.group(1));
            }
        }
        return targets;
    }
}
