package archipel.node;

/** What became of a value that was to be set. */
public sealed interface SetOutcome {
    /** The key has it since now. */
    record Written(String revision) implements SetOutcome {}

    /** The key had an equal one before. */
    record Equal(KeyEntry entry) implements SetOutcome {}

    /** The key has another one, and keeps it. */
    record Different(KeyEntry entry) implements SetOutcome {}
}
