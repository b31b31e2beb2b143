package archipel.node;

import archipel.settings.SettingException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a running node is. As text it has no user info, which may be a password.
 *
 * @param base without user info and without a slash at its end
 * @param name of a user, as the URL has it; null for none
 * @param password his; null for none
 */
public record NodeUrl(
        String base, @Nullable String name, @Nullable String password) {
    private static final Pattern FORM =
            Pattern.compile("((?i:https?)://)(?:([^/?#@:]*)(?::([^/?#@]*))?@)?([^/?#@]+)((?:/[^/?#@]+)*)/*");
    private static final Pattern USER_INFO = Pattern.compile("((?i:https?)://)[^\\s'\"]*@");

    /** Whether this is meant as a URL, and not as a path. */
    public static boolean isUrl(String text) {
        return text.regionMatches(true, 0, "http://", 0, 7) || text.regionMatches(true, 0, "https://", 0, 8);
    }

    /** Takes user info out of the URLs in a text that is to be shown. */
    public static String withoutUserInfo(String text) {
        return USER_INFO.matcher(text).replaceAll("$1");
    }

    /** @throws SettingException when it cannot be understood; the message has nothing of it */
    public static NodeUrl parse(String text) {
        Matcher parts = FORM.matcher(text);
        try {
            if (parts.matches()) {
                URI uri = new URI(parts.group(1) + parts.group(4) + parts.group(5));
                if (uri.getHost() != null && uri.getUserInfo() == null) {
                    return new NodeUrl(uri.toString(), decoded(parts.group(2)), decoded(parts.group(3)));
                }
            }
        } catch (URISyntaxException | IllegalArgumentException e) {
            // Refused below: what these say may show the password.
        }
        throw new SettingException("The URL is invalid. It must be like http://127.0.0.1:5984 or "
                + "https://NAME:PASSWORD@example.org/archipel; in the password, percent-encode everything "
                + "but letters and digits (@ is %40), or give it as ARCHIPEL_ADMIN_PASSWORD.");
    }

    private static @Nullable String decoded(@Nullable String part) {
        return part == null || part.isEmpty()
                ? null
                : URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** Whether it names all that answers there, and no path of it. */
    public boolean isWholeNode() {
        return base.indexOf('/', base.indexOf("//") + 2) < 0;
    }

    /** Where connections go to. */
    int port() {
        int given = resolve("").getPort();
        return given >= 0 ? given : isSecure() ? 443 : 80;
    }

    /** Whether TLS is spoken there. */
    public boolean isSecure() {
        return base.regionMatches(true, 0, "https://", 0, 8);
    }

    /** Of a path on the node, which begins with a slash. */
    public URI resolve(String path) {
        return URI.create(base + path);
    }

    @Override
    public String toString() {
        return base;
    }
}
