package archipel.changes;

/**
 * Makes the threads of a node that do not belong to a request. Tests have some that run one at a time, in an order that
 * follows from a seed.
 */
@FunctionalInterface
public interface Threads {
    /** The operating system's. */
    Threads PLATFORM =
            (name, work) -> Thread.ofPlatform().daemon(false).name(name).unstarted(work);

    /** One that the process waits for when it ends, not started yet. */
    Thread unstarted(String name, Runnable work);

    /** One that the process does not wait for when it ends, not started yet. */
    default Thread background(String name, Runnable work) {
        Thread thread = unstarted(name, work);
        thread.setDaemon(true);
        return thread;
    }
}
