package archipel.calls;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a node is.
 *
 * @param base its URL without a slash at the end and without a user's name
 * @param login what stood in the URL; null where nothing did
 */
public record Address(String base, @Nullable Login login) {
    /**
     * Reads URLs with commas between them. A user's name and password in one of them are for those after it as well,
     * until another one has some.
     *
     * @throws IllegalArgumentException naming what is no {@code http} or {@code https} URL
     */
    public static List<Address> parse(String addresses) {
        List<Address> parsed = new ArrayList<>();
        Login login = null;
        for (String one : addresses.split(",")) {
            if (!one.isBlank()) {
                Address address = parseOne(one.strip(), login);
                login = address.login;
                parsed.add(address);
            }
        }
        if (parsed.isEmpty()) {
            throw new IllegalArgumentException("there is no address");
        }
        return List.copyOf(parsed);
    }

    private static Address parseOne(String text, @Nullable Login before) {
        URI uri;
        try {
            uri = URI.create(text);
        } catch (IllegalArgumentException e) {
            // Without the cause, which shows a password.
            throw new IllegalArgumentException("not a URL: " + withoutLogin(text));
        }
        boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
        if (!http || uri.getHost() == null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("not the http or https URL of a node: " + withoutLogin(text));
        }
        String host = uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
        String path = uri.getRawPath() == null ? "" : uri.getRawPath().replaceAll("/+$", "");
        return new Address(uri.getScheme() + "://" + host + path, login(uri.getRawUserInfo(), before));
    }

    private static @Nullable Login login(@Nullable String userInfo, @Nullable Login before) {
        if (userInfo == null) {
            return before;
        }
        int colon = userInfo.indexOf(':');
        return colon < 0
                ? new Login(decode(userInfo), "")
                : new Login(decode(userInfo.substring(0, colon)), decode(userInfo.substring(colon + 1)));
    }

    private static String decode(String text) {
        // A plus sign is itself in this part of a URL.
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static String withoutLogin(String text) {
        return text.replaceAll("//[^/]*@", "//");
    }

    @Override
    public String toString() {
        return base;
    }
}
