package archipel.auth;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The members of a document in {@code _users}. Each keeps the bytes it came in, so that what is not ours to change is
 * stored as it was sent. Of members with the same name the last counts.
 */
final class UserDocument {
    static final String ID_PREFIX = "org.couchdb.user:";

    private static final JsonFactory JSON = new JsonFactory();
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

    /** @param json a JSON object; {@code {}} where it is anything else */
    static UserDocument parse(byte[] json) {
        Map<String, byte[]> members = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                int start = (int) parser.currentTokenLocation().getByteOffset();
                parser.skipChildren();
                parser.finishToken();
                int end = (int) parser.currentLocation().getByteOffset();
                members.put(name, Arrays.copyOfRange(json, start, end));
            }
        } catch (JacksonException malformed) {
            throw new RequestException(ErrorCode.INVALID_JSON);
        }
        return new UserDocument(members);
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
        return read(name, parser -> parser.currentToken() == JsonToken.VALUE_STRING ? parser.getString() : null);
    }

    /** The member's whole number; null where it is not a number or too large. */
    @Nullable
    Integer number(String name) {
        return read(name, parser -> {
            boolean fits = parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                    && parser.getNumberType() == JsonParser.NumberType.INT;
            return fits ? Integer.valueOf(parser.getIntValue()) : null;
        });
    }

    /** What sort of value the member has; null where there is none. */
    @Nullable
    JsonToken kind(String name) {
        return read(name, JsonParser::currentToken);
    }

    /** Whether JavaScript would take the member for true. */
    boolean isTruthy(String name) {
        Boolean truthy = read(name, parser -> switch (parser.currentToken()) {
            case VALUE_FALSE, VALUE_NULL -> false;
            case VALUE_STRING -> !parser.getString().isEmpty();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getDoubleValue() != 0;
            default -> true;
        });
        return truthy != null && truthy;
    }

    /** The member's strings; null where it is not an array of nothing but strings. */
    @Nullable
    List<String> texts(String name) {
        return read(name, parser -> {
            if (parser.currentToken() != JsonToken.START_ARRAY) {
                return null;
            }
            List<String> texts = new ArrayList<>();
            while (parser.nextToken() == JsonToken.VALUE_STRING) {
                texts.add(parser.getString());
            }
            return parser.currentToken() == JsonToken.END_ARRAY ? texts : null;
        });
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

    private <T> @Nullable T read(String name, Reading<T> reading) {
        byte[] json = members.get(name);
        if (json == null) {
            return null;
        }
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
            parser.nextToken();
            return reading.of(parser);
        }
    }

    /** What is taken from a member; the parser stands on its first token. */
    private interface Reading<T> {
        @Nullable
        T of(JsonParser parser);
    }
}
