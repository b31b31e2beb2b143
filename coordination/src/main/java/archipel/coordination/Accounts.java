package archipel.coordination;

import org.jspecify.annotations.Nullable;

/** Who clients of ZooKeeper can be: the accounts of the node. */
@FunctionalInterface
public interface Accounts {
    /**
     * Checks a password, which may take a while.
     *
     * @param address of the client
     * @return null where there is no such account, it has another password, or too many attempts were made
     * @throws Busy where it cannot be checked at the moment
     */
    @Nullable
    Standing login(String name, String password, String address);

    /**
     * What somebody may who has shown to be the account of that name.
     *
     * @return null where there is no such account
     * @throws Busy where that cannot be told at the moment
     */
    default @Nullable Standing certified(String name) {
        return null;
    }

    /**
     * Whether there is such an account; it may say so where it cannot tell. In an open tree names that are nobody's
     * need no check of a password, which is slow, and which counts as a failed login.
     *
     * @throws Busy where that cannot be told at the moment
     */
    default boolean isAccount(String name) {
        return true;
    }

    /** Whoever asks has to ask again: it says nothing about the account. */
    final class Busy extends RuntimeException {
        private static final long serialVersionUID = 1;

        public Busy(Throwable cause) {
            super("accounts cannot be checked now", cause);
        }
    }

    /** What a client may that has an account. */
    enum Standing {
        /** What the access lists of nodes say. */
        USER,
        /** All, whatever they say. */
        ADMIN
    }
}
