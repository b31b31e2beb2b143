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
     */
    @Nullable
    Standing login(String name, String password, String address);

    /** What a client may that has an account. */
    enum Standing {
        /** What the access lists of nodes say. */
        USER,
        /** All, whatever they say. */
        ADMIN
    }
}
