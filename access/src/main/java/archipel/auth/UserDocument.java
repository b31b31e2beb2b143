package archipel.auth;

import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * The members of a document in {@code _users}. Each keeps the bytes it came in, so that what is not ours to change is
 * stored as it was sent. Of members with the same name the last counts.
 */
final class UserDocument {
    static final String ID_PREFIX = "org.couchdb.user:";

    private static final Set<String> PASSWORD_MEMBERS = Set.of(
            "derived_key",
            "iterations",
            "password",
            "password_scheme",
            "password_sha",
            "preserve_salt",
            "pbkdf2_prf",
            "salt");

    private final Map<String, byte[]> members;

    private UserDocument(Map<String, byte[]> members) {
        this.members = members;
    }

    /** @param json valid JSON; what is no object has no members */
    static UserDocument parse(byte[] json) {
        return new UserDocument(JsonTree.textsOfValid(json));
    }

    /** The document's own name for the user, from its id; null where it is not a user's document. */
    static @Nullable String nameOf(String id) {
        return id.startsWith(ID_PREFIX) ? id.substring(ID_PREFIX.length()) : null;
    }

    boolean has(String name) {
        return members.containsKey(name);
    }

    /** The member's text; null where it is not a string. */
    @Nullable
    String text(String name) {
        JsonNode value = value(name);
        return value.isString() ? value.stringValue() : null;
    }

    /** The member's whole number; null where it is not a number or too large. */
    @Nullable
    Integer number(String name) {
        JsonNode value = value(name);
        return value.isIntegralNumber() && value.canConvertToInt() ? value.intValue() : null;
    }

    /** Missing where there is none. */
    JsonNode value(String name) {
        byte[] json = members.get(name);
        return json == null ? MissingNode.getInstance() : JsonTree.ofValid(json);
    }

    /** Whether JavaScript would take the member for true. */
    boolean isTruthy(String name) {
        JsonNode value = value(name);
        return switch (value.getNodeType()) {
            case MISSING, NULL -> false;
            case BOOLEAN -> value.booleanValue();
            case STRING -> !value.stringValue().isEmpty();
            case NUMBER -> value.asDouble() != 0;
            default -> true;
        };
    }

    /** The member's strings; null where it is not an array of nothing but strings. */
    @Nullable
    List<String> texts(String name) {
        JsonNode value = value(name);
        return value.isArray() && value.valueStream().allMatch(JsonNode::isString)
                ? value.valueStream().map(JsonNode::stringValue).toList()
                : null;
    }

    /**
     * Null where it names no password, or one in a form that nothing here understands. That includes one without a
     * salt: sessions are signed with the salt, and with an empty one like what proxies prove themselves with.
     */
    @Nullable
    PasswordHash passwordHash() {
        String salt = text("salt");
        if (salt == null || salt.isEmpty()) {
            return null;
        }
        String scheme = text("password_scheme");
        String simple = text("password_sha");
        if (scheme == null || scheme.equals("simple")) {
            return simple == null ? null : new PasswordHash(PasswordHash.Scheme.SIMPLE, "sha", 1, salt, simple);
        }
        String key = text("derived_key");
        if (key == null || !(scheme.equals("pbkdf2") || scheme.equals("simple+pbkdf2"))) {
            return null;
        }
        Integer iterations = has("iterations") ? number("iterations") : Integer.valueOf(10_000);
        String prf = text("pbkdf2_prf");
        return new PasswordHash(
                scheme.equals("pbkdf2") ? PasswordHash.Scheme.PBKDF2 : PasswordHash.Scheme.SIMPLE_PBKDF2,
                prf == null ? "sha" : prf,
                iterations == null ? Integer.MAX_VALUE : iterations,
                salt,
                key);
    }

    /** Null where the user needs none. */
    @Nullable
    OneTimePassword secondFactor() {
        byte[] json = members.get("totp");
        if (json == null) {
            return null;
        }
        UserDocument totp = parse(json);
        String key = totp.text("key");
        String algorithm = totp.text("algorithm");
        Integer digits = totp.number("length");
        return new OneTimePassword(
                key == null ? "" : key, algorithm == null ? "sha" : algorithm, digits == null ? 6 : digits);
    }

    /** The JSON with the password's members replaced by those of its hash, which come first. */
    byte[] withHash(PasswordHash hash) {
        JsonBuffer json = new JsonBuffer(512);
        json.ascii("{\"password_scheme\":\"pbkdf2\",\"pbkdf2_prf\":").string(hash.prf());
        json.ascii(",\"salt\":").string(hash.salt());
        json.ascii(",\"iterations\":").number(hash.iterations());
        json.ascii(",\"derived_key\":").string(hash.key());
        members.forEach((name, value) -> {
            if (!PASSWORD_MEMBERS.contains(name)) {
                json.ascii(',').string(name).ascii(':').raw(value);
            }
        });
        return json.ascii('}').toByteArray();
    }

    /** The JSON with none but these members; null where it has none of them. */
    byte @Nullable [] only(List<String> names) {
        JsonBuffer json = new JsonBuffer(256).ascii('{');
        members.forEach((name, value) -> {
            if (names.contains(name)) {
                json.ascii(json.size() == 1 ? "" : ",").string(name).ascii(':').raw(value);
            }
        });
        return json.size() == 1 ? null : json.ascii('}').toByteArray();
    }
}
