package archipel.remote;

import archipel.mime.PercentCoding;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where a node or one of its databases is, and how to log in there. Only {@link #shown} and {@link #toString}, which
 * have no credentials, are for logs, answers and errors.
 *
 * @param url without credentials; its path ends with a slash unless it has a query
 * @param login null to come as nobody
 * @param headers sent with each request, by name in any case; without one for Basic authentication
 */
public record RemoteAddress(URI url, @Nullable Login login, Map<String, String> headers) {
    private static final int LONGEST = 8_192;

    public RemoteAddress {
        Map<String, String> sorted = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        sorted.putAll(headers);
        headers = sorted;
    }

    /**
     * Reads a URL, with a name and a password in it or without. Where credentials come in several ways, {@code given}
     * goes before those in the URL, and these before an {@code Authorization} header, as in CouchDB.
     *
     * @param given credentials that came beside the URL; null for none
     * @throws IllegalArgumentException for what is no URL of {@code http} or {@code https} with a host
     */
    public static RemoteAddress parse(String text, @Nullable Login given, Map<String, String> headers) {
        // It is shown in logs and answers.
        if (text.length() > LONGEST) {
            throw new IllegalArgumentException("a URL of more than " + LONGEST + " characters");
        }
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            // Its text would repeat the URL, and with it a password.
            throw new IllegalArgumentException("not a URL");
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https") || uri.getHost() == null || uri.getPort() > 65_535) {
            throw new IllegalArgumentException("not a URL of http or https");
        }
        Map<String, String> others = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        others.putAll(headers);
        Login login = given == null ? ofUserInfo(uri.getRawUserInfo()) : given;
        String authorization = others.get("Authorization");
        Login ofHeader = authorization == null ? null : Login.ofHeader(authorization);
        if (ofHeader != null) {
            others.remove("Authorization");
            login = login == null ? ofHeader : login;
        }
        return new RemoteAddress(plain(uri, scheme), login, others);
    }

    private static URI plain(URI uri, String scheme) {
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        String query = uri.getRawQuery();
        if (query == null && !path.endsWith("/")) {
            path += "/";
        }
        String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
        String whole = scheme + "://" + uri.getHost() + port + path + (query == null ? "" : "?" + query);
        return URI.create(whole);
    }

    private static @Nullable Login ofUserInfo(@Nullable String info) {
        int colon = info == null ? -1 : info.indexOf(':');
        return info == null || colon < 0
                ? null
                : new Login(decoded(info.substring(0, colon)), decoded(info.substring(colon + 1)));
    }

    private static String decoded(String text) {
        try {
            return PercentCoding.decode(text, 0, text.length(), false);
        } catch (PercentCoding.MalformedException e) {
            return text;
        }
    }

    public boolean isSecure() {
        return url.getScheme().equals("https");
    }

    /** The port that is connected to. */
    public int port() {
        return url.getPort() >= 0 ? url.getPort() : isSecure() ? 443 : 80;
    }

    /** The URL without credentials. */
    public String shown() {
        return url.toString();
    }

    @Override
    public String toString() {
        return shown();
    }
}
