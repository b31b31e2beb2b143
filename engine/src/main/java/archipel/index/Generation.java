package archipel.index;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.storage.StorageException;
import archipel.storage.Store;

/** One store of indexes, until it is found damaged and another one takes its place. */
final class Generation {
    private final int number;
    private final Store store;
    private volatile boolean damaged;
    private volatile boolean used = true;

    Generation(int number, Store store) {
        this.number = number;
        this.store = store;
    }

    /** From 1. */
    int number() {
        return number;
    }

    Store store() {
        return store;
    }

    /** Whether its indexes can be relied on. */
    boolean isSound() {
        return !damaged;
    }

    void damage() {
        damaged = true;
    }

    /**
     * What is to be thrown for a failure: where the store is damaged, that its indexes are made anew.
     *
     * @param e what the store has failed with
     */
    RuntimeException explain(RequestException e) {
        boolean told = e instanceof StorageException || e.code() == ErrorCode.STOPPING;
        return damaged && told ? replaced() : e;
    }

    static IndexException replaced() {
        return new IndexException(IndexException.Kind.REPLACED, "the store of indexes is damaged and begins anew");
    }

    /** Says that something was written. */
    void touch() {
        used = true;
    }

    /** Whether something was written since this was last asked. */
    boolean wasUsed() {
        boolean before = used;
        used = false;
        return before;
    }
}
