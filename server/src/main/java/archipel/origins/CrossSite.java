package archipel.origins;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.net.URI;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps pages of other sites from writing here with the session or the password that a browser holds. What a page can
 * send anywhere without asking first is a POST of a form's content types, or of none. Such a POST is taken only where
 * forms are expected, and only if the browser does not say that it comes from elsewhere; clients that are no browsers
 * say nothing. The header {@code X-Requested-With}, which no page of another origin can set unasked, proves it too.
 */
public final class CrossSite {
    private static final Set<String> FORMS =
            Set.of("text/plain", "application/x-www-form-urlencoded", "multipart/form-data");
    private static final String PROOF = "X-Requested-With";

    private CrossSite() {}

    /**
     * To be asked of each POST.
     *
     * @param contentType as it came; null where there is none
     * @param header gives a header by its name
     * @param host the host that the client asked for, with a port where it gave one
     * @param forms whether the route takes what forms send
     * @throws RequestException 403 for a POST of another site, 415 for one of a form's type where none is expected
     */
    public static void require(
            @Nullable String contentType,
            Function<String, @Nullable String> header,
            Supplier<String> host,
            boolean forms,
            CorsSettings cors) {
        if (header.apply(PROOF) != null) {
            return;
        }
        String type = essence(contentType);
        if (!type.isEmpty() && !FORMS.contains(type)) {
            return; // a browser asks before it sends that to another origin
        }
        if (isForeign(header, host, cors)) {
            throw new RequestException(ErrorCode.CROSS_SITE);
        }
        if (!forms && !type.isEmpty()) {
            throw new RequestException(ErrorCode.NOT_JSON_TYPE);
        }
    }

    private static boolean isForeign(
            Function<String, @Nullable String> header, Supplier<String> host, CorsSettings cors) {
        String origin = header.apply("Origin");
        if (origin != null && cors.enabled() && cors.origins().contains(origin)) {
            return false;
        }
        String site = header.apply("Sec-Fetch-Site");
        if (site != null) {
            return !site.equals("same-origin") && !site.equals("none");
        }
        return origin != null && !host.get().equals(authority(origin));
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
