package archipel.auth;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a request says of who sends it. Never logged: its text hides the secrets.
 *
 * @param header gives a header of the request, whatever the case of its name
 * @param session the value of the {@code AuthSession} cookie
 * @param peer the client's address, without a port
 * @param proxied whether a trusted proxy passed the request on
 * @param knownOnly whether only what can be told at once counts: no password is hashed for it, no refusal waits
 */
public record Credentials(
        Function<String, @Nullable String> header,
        @Nullable String session,
        String peer,
        boolean proxied,
        boolean knownOnly) {
    public Credentials(
            Function<String, @Nullable String> header, @Nullable String session, String peer, boolean proxied) {
        this(header, session, peer, proxied, false);
    }

    /** The same, of which only what can be told at once counts. */
    public Credentials known() {
        return new Credentials(header, session, peer, proxied, true);
    }

    /** The {@code Authorization} header. */
    public @Nullable String authorization() {
        return header.apply("Authorization");
    }

    @Override
    public String toString() {
        return "Credentials[authorization " + (authorization() == null ? "absent" : "present") + ", session "
                + (session == null ? "absent" : "present") + ", peer " + peer + "]";
    }
}
