package archipel.mesh;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.document.JsonBuffer;
import archipel.document.Sha256;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Secrets that let one node in each, for some time; of which only hashes are kept. For one thread at a time. */
final class Invitations {
    private static final int MOST = 1_000;
    private static final int SECRET_BYTES = 20;

    private final List<Open> open = new ArrayList<>();

    private record Open(String hash, long expiresSeconds) {}

    /** A new secret; of more than can be open the oldest ends. */
    String add(SecureRandom random, Instant expires) {
        byte[] bytes = new byte[SECRET_BYTES];
        random.nextBytes(bytes);
        String secret = HexFormat.of().formatHex(bytes);
        if (open.size() == MOST) {
            open.removeFirst();
        }
        open.add(new Open(hash(secret), expires.getEpochSecond()));
        return secret;
    }

    /** Whether that is the secret of one that is open at that time, which it is no more. */
    boolean use(String secret, Instant now) {
        open.removeIf(one -> one.expiresSeconds <= now.getEpochSecond());
        String hash = hash(secret);
        return open.removeIf(one -> one.hash.equals(hash));
    }

    /** Whether {@link #use} would say yes. */
    boolean isOpen(String secret, Instant now) {
        String hash = hash(secret);
        return open.stream().anyMatch(one -> one.hash.equals(hash) && one.expiresSeconds > now.getEpochSecond());
    }

    /** What a search among hashes takes says nothing about secrets. */
    private static String hash(String secret) {
        return HexFormat.of().formatHex(Sha256.begin().digest(secret.getBytes(UTF_8)));
    }

    void appendTo(JsonBuffer json) {
        json.ascii('[');
        for (int i = 0; i < open.size(); i++) {
            json.ascii(i == 0 ? "" : ",").ascii("{\"hash\":").string(open.get(i).hash);
            json.ascii(",\"expires\":").number(open.get(i).expiresSeconds).ascii('}');
        }
        json.ascii(']');
    }

    /** Reads what {@link #appendTo} wrote. */
    void read(JsonNode json) {
        for (JsonNode one : json) {
            open.add(new Open(one.path("hash").asString(""), one.path("expires").asLong(0)));
        }
    }
}
