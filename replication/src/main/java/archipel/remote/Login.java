package archipel.remote;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** A name and a password for another node, sent as Basic authentication. Shown nowhere. */
public record Login(String user, String password) {
    /** The value of an {@code Authorization} header. */
    String header() {
        byte[] plain = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(plain);
    }

    /** What such a header says; null where it is of another scheme, or malformed. */
    static @Nullable Login ofHeader(String value) {
        String[] words = value.strip().split(" +", 2);
        if (words.length < 2 || !words[0].equalsIgnoreCase("basic")) {
            return null;
        }
        try {
            String plain = new String(Base64.getDecoder().decode(words[1]), StandardCharsets.UTF_8);
            int colon = plain.indexOf(':');
            return colon < 0 ? null : new Login(plain.substring(0, colon), plain.substring(colon + 1));
        } catch (IllegalArgumentException malformed) {
            return null;
        }
    }

    @Override
    public String toString() {
        return "Login[****]";
    }
}
