package archipel.auth;

import org.jspecify.annotations.Nullable;

/**
 * What a JSON Web Token has to say.
 *
 * @param name of the claim, or of {@code alg}, {@code kid} or {@code typ} in its header
 * @param value what the claim has to be; null for anything
 */
public record RequiredClaim(String name, @Nullable String value) {
    @Override
    public String toString() {
        return value == null ? name : "{" + name + ", \"" + value + "\"}";
    }
}
