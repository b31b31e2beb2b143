package archipel.auth;

import archipel.settings.SettingType;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Claims as CouchDB lists them, such as {@code exp, {iss, "who"}}; none where the text is empty. */
public record ClaimList() implements SettingType<List<RequiredClaim>> {
    private static final Pattern CLAIM =
            Pattern.compile("\\s*(?:([a-z]+)|\\{\\s*([a-z]+)\\s*,\\s*\"([^\"]+)\"\\s*})\\s*(?:,|$)");

    @Override
    public List<RequiredClaim> parse(String text) {
        List<RequiredClaim> claims = new ArrayList<>();
        Matcher claim = CLAIM.matcher(text);
        int end = 0;
        while (end < text.length()) {
            if (!claim.find(end) || claim.start() != end) {
                throw SettingType.refused(this);
            }
            claims.add(
                    claim.group(1) != null
                            ? new RequiredClaim(claim.group(1), null)
                            : new RequiredClaim(claim.group(2), claim.group(3)));
            end = claim.end();
        }
        return List.copyOf(claims);
    }

    @Override
    public String format(List<RequiredClaim> value) {
        return String.join(", ", value.stream().map(RequiredClaim::toString).toList());
    }

    @Override
    public String describe() {
        return "a list of claims, each a name or with a value as {iss, \"who\"}";
    }
}
