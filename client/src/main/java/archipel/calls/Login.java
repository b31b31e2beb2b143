package archipel.calls;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Base64;

/** A user's name and password. Does not show the password. */
public record Login(String name, String password) {
    /** As the header {@code Authorization} says it. */
    public String basic() {
        return "Basic " + Base64.getEncoder().encodeToString((name + ":" + password).getBytes(UTF_8));
    }

    @Override
    public String toString() {
        return "Login[" + name + "]";
    }
}
