package archipel.http;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.net.URI;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps pages of other sites from writing here with the session or the password that a browser holds. What a page can
 * send anywhere without asking first is a POST of a form's content types, or of none. Such a POST is taken only where
 * forms are expected, and only if the browser does not say that it comes from elsewhere; clients that are no browsers
 * say nothing. The header {@code X-Requested-With}, which no page of another origin can set unasked, proves it too.
 */
final class CrossSite {
    private static final Set<String> FORMS =
            Set.of("text/plain", "application/x-www-form-urlencoded", "multipart/form-data");
    private static final String PROOF = "X-Requested-With";

    private CrossSite() {}

    /**
     * @param forms whether the route takes what forms send
     * @throws RequestException 403 for a POST of another site, 415 for one of a form's type where none is expected
     */
    static void require(Exchange exchange, boolean forms, CorsSettings cors) {
        if (exchange.verb() != Verb.POST || exchange.header(PROOF) != null) {
            return;
        }
        String type = essence(exchange.body().contentType());
        if (!type.isEmpty() && !FORMS.contains(type)) {
            return; // a browser asks before it sends that to another origin
        }
        if (isForeign(exchange, cors)) {
            throw new RequestException(ErrorCode.CROSS_SITE);
        }
        if (!forms && !type.isEmpty()) {
            throw new RequestException(ErrorCode.NOT_JSON_TYPE);
        }
    }

    private static boolean isForeign(Exchange exchange, CorsSettings cors) {
        String origin = exchange.header("Origin");
        if (origin != null && cors.enabled() && cors.origins().contains(origin)) {
            return false;
        }
        String site = exchange.header("Sec-Fetch-Site");
        if (site != null) {
            return !site.equals("same-origin") && !site.equals("none");
        }
        return origin != null && !exchange.host().equals(authority(origin));
    }

    private static @Nullable String authority(String origin) {
        try {
            return URI.create(origin).getAuthority();
        } catch (IllegalArgumentException malformed) {
            return null;
        }
    }

    private static String essence(@Nullable String type) {
        if (type == null) {
            return "";
        }
        int semicolon = type.indexOf(';');
        return (semicolon < 0 ? type : type.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
    }
}
