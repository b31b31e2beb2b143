package archipel.memory;

/**
 * The memory that the work on a thread may use. A request binds its {@link Reservation} to {@link #CURRENT} while its
 * handler runs; code that allocates in proportion to what a client sends or asks for takes from {@link #current} before
 * it allocates. Threads without one, such as those that build indexes, are not limited here.
 *
 * <p>This is how ClickHouse's MemoryTracker works: the account travels with the thread, so that a parser need not know
 * who asked for it, and a new caller cannot forget to pass it on.
 */
public interface Allowance {
    /** That of the request this thread works for. */
    ScopedValue<Allowance> CURRENT = ScopedValue.newInstance();

    /** Allows everything. */
    Allowance UNLIMITED = new Allowance() {
        @Override
        public void hold(long bytes) {}

        @Override
        public void release(long bytes) {}

        @Override
        public void pass(long bytes) {}
    };

    /** That of this thread; {@link #UNLIMITED} where none is bound. */
    static Allowance current() {
        return CURRENT.orElse(UNLIMITED);
    }

    /**
     * Takes memory for what stays until the request ends, or until {@link #release}.
     *
     * @throws MemoryLimitException where there is not that much
     */
    void hold(long bytes);

    /** Gives back what was held. */
    void release(long bytes);

    /**
     * Takes memory for what is handled one at a time, such as one document of a list: the largest one counts, not the
     * sum.
     *
     * @param bytes all that is needed for the one at hand
     * @throws MemoryLimitException where there is not that much
     */
    void pass(long bytes);

    /** Nothing is handled for a while, since the request waits: gives back what {@link #pass} took. */
    default void rest() {}
}
