package archipel.transport;

/**
 * Who may be a member beyond proving the secret. Asked when a connection is made, by either side, and about once a
 * second while it lasts. Called from several threads; must not block.
 */
@FunctionalInterface
public interface Admission {
    /** Whoever has an address in {@link Addresses}. */
    Admission ANY = (member, fingerprint) -> true;

    /** @param fingerprint of the key that the member has shown and proved */
    boolean admits(String member, String fingerprint);

    /**
     * Whether nothing speaks against that key so far, which was shown and not proved: the member has it, or it is not
     * known which one it has. Must change nothing. Whoever shows another one is proved nothing to.
     */
    default boolean mayHave(String member, String fingerprint) {
        return true;
    }
}
