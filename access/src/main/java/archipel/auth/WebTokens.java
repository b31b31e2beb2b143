package archipel.auth;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.settings.Settings;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.text.ParseException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Knows clients by a JSON Web Token (RFC 7519) that somebody else signed, as CouchDB's {@code [jwt_auth]} does, with
 * its errors. The library is loaded with the first token.
 *
 * <p>Unlike CouchDB, the signature is checked before the claims are looked at, and {@code exp} and {@code nbf} hold
 * where a token has them, also where they are not required.
 */
final class WebTokens {
    private static final Set<String> ALGORITHMS =
            Set.of("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512");
    private static final Pattern COMMA = Pattern.compile("\\s*,\\s*");
    private static final Pattern DOT = Pattern.compile("(?<!\\\\)\\.");

    private final Settings settings;
    private final InstantSource clock;
    private final TokenKeys keys;

    WebTokens(Settings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
        this.keys = new TokenKeys(settings);
    }

    /** @throws RequestException 400, 401 or 404 with CouchDB's text for a token that does not say who sends it */
    UserContext user(String token) {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            throw malformed();
        }
        Map<String, Object> header = object(parts[0]);
        Object algorithm = header.get("alg");
        if (algorithm == null) {
            throw new RequestException(ErrorCode.TOKEN_HEADER_MISSING, "alg");
        }
        if (!(algorithm instanceof String name) || !ALGORITHMS.contains(name)) {
            throw new RequestException(ErrorCode.TOKEN_HEADER_INVALID, "alg");
        }
        List<RequiredClaim> required = settings.get(AccountSettings.JWT_REQUIRED_CLAIMS);
        verify(token, name, keyId(header, required));
        Map<String, Object> claims = object(parts[1]);
        required.forEach(claim -> require(claim, header, claims));
        requireTime(claims);
        List<String> roles = roles(claims);
        Object subject = claims.get("sub");
        if (subject == null) {
            throw new RequestException(ErrorCode.TOKEN_NO_SUBJECT);
        }
        if (!(subject instanceof String user)) {
            throw new RequestException(ErrorCode.TOKEN_CONTENT);
        }
        return new UserContext(user, roles, "jwt");
    }

    private void verify(String token, String algorithm, String keyId) {
        boolean genuine;
        try {
            genuine = JWSObject.parse(token).verify(keys.verifier(algorithm, keyId));
        } catch (ParseException unreadable) {
            throw malformed();
        } catch (JOSEException unverifiable) {
            genuine = false;
        }
        if (!genuine) {
            throw new RequestException(algorithm.startsWith("HS") ? ErrorCode.TOKEN_HMAC : ErrorCode.TOKEN_SIGNATURE);
        }
    }

    private static String keyId(Map<String, Object> header, List<RequiredClaim> required) {
        Object id = header.get("kid");
        if (id == null && required.stream().anyMatch(claim -> claim.name().equals("kid"))) {
            throw new RequestException(ErrorCode.TOKEN_CLAIM_MISSING, "kid");
        }
        return id instanceof String text ? text : "_default";
    }

    private static void require(RequiredClaim claim, Map<String, Object> header, Map<String, Object> claims) {
        String name = claim.name();
        switch (name) {
            case "alg", "kid", "sig" -> {} // checked with the signature
            case "typ" -> {
                if (header.get(name) == null) {
                    throw new RequestException(ErrorCode.TOKEN_HEADER_MISSING, name);
                }
                if (!"JWT".equals(header.get(name))) {
                    throw new RequestException(ErrorCode.TOKEN_HEADER_INVALID, name);
                }
            }
            default -> {
                Object value = claims.get(name);
                if (value == null) {
                    throw new RequestException(ErrorCode.TOKEN_CLAIM_MISSING, name);
                }
                boolean number = name.equals("iat") || name.equals("nbf") || name.equals("exp");
                if (claim.value() != null && !claim.value().equals(value) || number && !(value instanceof Number)) {
                    throw new RequestException(ErrorCode.TOKEN_CLAIM_INVALID, name);
                }
            }
        }
    }

    private void requireTime(Map<String, Object> claims) {
        double now = clock.millis() / 1000.0;
        if (claims.containsKey("nbf") && seconds(claims, "nbf") > now) {
            throw new RequestException(ErrorCode.TOKEN_TOO_EARLY);
        }
        if (claims.containsKey("exp") && seconds(claims, "exp") <= now) {
            throw new RequestException(ErrorCode.TOKEN_EXPIRED);
        }
    }

    private static double seconds(Map<String, Object> claims, String name) {
        if (claims.get(name) instanceof Number number) {
            return number.doubleValue();
        }
        throw new RequestException(ErrorCode.TOKEN_CLAIM_INVALID, name);
    }

    private List<String> roles(Map<String, Object> claims) {
        String path = settings.get(AccountSettings.JWT_ROLES_CLAIM_PATH);
        Object roles = path.isEmpty()
                ? claims.getOrDefault(settings.get(AccountSettings.JWT_ROLES_CLAIM_NAME), List.of())
                : nested(claims, path);
        List<String> texts = new ArrayList<>();
        switch (roles) {
            case String text ->
                COMMA.splitAsStream(text).filter(role -> !role.isEmpty()).forEach(texts::add);
            case List<?> list -> {
                for (Object role : list) {
                    if (!(role instanceof String text)) {
                        throw new RequestException(ErrorCode.TOKEN_CONTENT);
                    }
                    texts.add(text);
                }
            }
            case null, default -> throw new RequestException(ErrorCode.TOKEN_CONTENT);
        }
        return texts;
    }

    private static @Nullable Object nested(Map<String, Object> claims, String path) {
        Object at = claims;
        for (String step : DOT.split(path)) {
            String name = step.replace("\\.", ".");
            if (!(at instanceof Map<?, ?> object) || !object.containsKey(name)) {
                throw new RequestException(ErrorCode.MISSING_KEY, name);
            }
            at = object.get(name);
        }
        return at;
    }

    private static Map<String, Object> object(String base64) {
        try {
            return JSONObjectUtils.parse(new Base64URL(base64).decodeToString());
        } catch (ParseException malformed) {
            throw malformed();
        }
    }

    private static RequestException malformed() {
        return new RequestException(ErrorCode.TOKEN_MALFORMED);
    }
}
