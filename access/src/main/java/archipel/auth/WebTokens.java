package archipel.auth;

import archipel.document.ErrorCode;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.settings.Settings;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSObject;
import java.text.ParseException;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

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
    private final Supplier<JsonLimits> limits;
    private final InstantSource clock;
    private final TokenKeys keys;

    /** @param limits of the JSON in a token */
    WebTokens(Settings settings, Supplier<JsonLimits> limits, InstantSource clock) {
        this.settings = settings;
        this.limits = limits;
        this.clock = clock;
        this.keys = new TokenKeys(settings);
    }

    /** @throws RequestException 400, 401 or 404 with CouchDB's text for a token that does not say who sends it */
    UserContext user(String token) {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            throw malformed();
        }
        JsonNode header = object(parts[0]);
        JsonNode algorithm = header.path("alg");
        if (algorithm.isMissingNode()) {
            throw new RequestException(ErrorCode.TOKEN_HEADER_MISSING, "alg");
        }
        if (!ALGORITHMS.contains(algorithm.stringValue(""))) {
            throw new RequestException(ErrorCode.TOKEN_HEADER_INVALID, "alg");
        }
        List<RequiredClaim> required = settings.get(AccountSettings.JWT_REQUIRED_CLAIMS);
        verify(token, algorithm.stringValue(), keyId(header, required));
        JsonNode claims = object(parts[1]);
        required.forEach(claim -> require(claim, header, claims));
        requireTime(claims);
        List<String> roles = roles(claims);
        JsonNode subject = claims.path("sub");
        if (subject.isMissingNode()) {
            throw new RequestException(ErrorCode.TOKEN_NO_SUBJECT);
        }
        if (!subject.isString()) {
            throw new RequestException(ErrorCode.TOKEN_CONTENT);
        }
        Proof proof = claims.has("exp") ? new Proof.Expiring(seconds(claims, "exp"), clock) : Proof.LASTING;
        return new UserContext(subject.stringValue(), roles, "jwt", proof);
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

    private static String keyId(JsonNode header, List<RequiredClaim> required) {
        JsonNode id = header.path("kid");
        if (id.isMissingNode()
                && required.stream().anyMatch(claim -> claim.name().equals("kid"))) {
            throw new RequestException(ErrorCode.TOKEN_CLAIM_MISSING, "kid");
        }
        return id.stringValue("_default");
    }

    private static void require(RequiredClaim claim, JsonNode header, JsonNode claims) {
        String name = claim.name();
        switch (name) {
            case "alg", "kid", "sig" -> {} // checked with the signature
            case "typ" -> {
                if (!header.has(name)) {
                    throw new RequestException(ErrorCode.TOKEN_HEADER_MISSING, name);
                }
                if (!header.path(name).stringValue("").equals("JWT")) {
                    throw new RequestException(ErrorCode.TOKEN_HEADER_INVALID, name);
                }
            }
            default -> {
                JsonNode value = claims.path(name);
                if (value.isMissingNode()) {
                    throw new RequestException(ErrorCode.TOKEN_CLAIM_MISSING, name);
                }
                boolean number = name.equals("iat") || name.equals("nbf") || name.equals("exp");
                if (claim.value() != null && !value.equals(StringNode.valueOf(claim.value()))
                        || number && !value.isNumber()) {
                    throw new RequestException(ErrorCode.TOKEN_CLAIM_INVALID, name);
                }
            }
        }
    }

    private void requireTime(JsonNode claims) {
        double now = clock.millis() / 1000.0;
        if (claims.has("nbf") && seconds(claims, "nbf") > now) {
            throw new RequestException(ErrorCode.TOKEN_TOO_EARLY);
        }
        if (claims.has("exp") && seconds(claims, "exp") <= now) {
            throw new RequestException(ErrorCode.TOKEN_EXPIRED);
        }
    }

    private static double seconds(JsonNode claims, String name) {
        if (claims.path(name).isNumber()) {
            return claims.path(name).asDouble();
        }
        throw new RequestException(ErrorCode.TOKEN_CLAIM_INVALID, name);
    }

    private List<String> roles(JsonNode claims) {
        String path = settings.get(AccountSettings.JWT_ROLES_CLAIM_PATH);
        String name = settings.get(AccountSettings.JWT_ROLES_CLAIM_NAME);
        if (path.isEmpty() && !claims.has(name)) {
            return List.of();
        }
        JsonNode roles = path.isEmpty() ? claims.path(name) : nested(claims, path);
        if (roles.isString()) {
            return COMMA.splitAsStream(roles.stringValue())
                    .filter(role -> !role.isEmpty())
                    .toList();
        }
        if (!roles.isArray() || !roles.valueStream().allMatch(JsonNode::isString)) {
            throw new RequestException(ErrorCode.TOKEN_CONTENT);
        }
        return roles.valueStream().map(JsonNode::stringValue).toList();
    }

    private static JsonNode nested(JsonNode claims, String path) {
        JsonNode at = claims;
        for (String step : DOT.split(path)) {
            String name = step.replace("\\.", ".");
            at = at.path(name);
            if (at.isMissingNode()) {
                throw new RequestException(ErrorCode.MISSING_KEY, name);
            }
        }
        return at;
    }

    private JsonNode object(String base64) {
        try {
            JsonNode object = JsonTree.parse(Base64.getUrlDecoder().decode(base64), limits.get());
            if (object.isObject()) {
                return object;
            }
        } catch (IllegalArgumentException | RequestException malformed) {
            // Refused below, like what is no object.
        }
        throw malformed();
    }

    private static RequestException malformed() {
        return new RequestException(ErrorCode.TOKEN_MALFORMED);
    }
}
