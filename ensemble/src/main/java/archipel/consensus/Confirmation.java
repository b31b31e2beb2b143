package archipel.consensus;

/** Somebody who waits until what was committed anywhere is applied here. Answered once. */
public interface Confirmation {
    /** Everything that was committed anywhere when it was asked for is applied here. Must not wait. */
    void confirmed();

    /** There is no leader that could say so, or it cannot be reached. Must not wait. */
    void failed(String reason);
}
