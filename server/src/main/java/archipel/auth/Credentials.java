package archipel.auth;

import org.jspecify.annotations.Nullable;

/**
 * What a request says of who sends it. Never logged: its text hides the secrets.
 *
 * @param authorization the {@code Authorization} header
 * @param session the value of the {@code AuthSession} cookie
 * @param peer the client's address, without a port
 */
public record Credentials(
        @Nullable String authorization, @Nullable String session, String peer) {
    @Override
    public String toString() {
        return "Credentials[authorization " + (authorization == null ? "absent" : "present") + ", session "
                + (session == null ? "absent" : "present") + ", peer " + peer + "]";
    }
}
