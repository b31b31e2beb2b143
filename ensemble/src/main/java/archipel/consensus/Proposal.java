package archipel.consensus;

/** An entry that was proposed, of whoever waits for what becomes of it. */
@FunctionalInterface
public interface Proposal {
    /** Nothing came of it here. The entry may be applied yet, or never. Called at most once; must not wait. */
    void failed();
}
