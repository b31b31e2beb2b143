package archipel.linearizability;

/** What is asked of a database by its name. */
public sealed interface PresenceCall {
    String name();

    /** Makes one where there is none. */
    record Create(String name) implements PresenceCall {
        @Override
        public String toString() {
            return Words.join("create", name);
        }
    }

    /** Drops the one that is there. */
    record Drop(String name) implements PresenceCall {
        @Override
        public String toString() {
            return Words.join("drop", name);
        }
    }

    /** Reads something in it. */
    record Look(String name) implements PresenceCall {
        @Override
        public String toString() {
            return Words.join("look", name);
        }
    }
}
