package archipel.cli;

/**
 * Ends the process when a thread that nothing replaces, such as the one that writes, has run out of memory: what was
 * acknowledged is on the disk, and a node that goes on without it answers nobody. Requests and functions of design
 * documents that run out of memory get an error of their own and never come here, so that the JVM itself must not end
 * the process for them ({@code -XX:+ExitOnOutOfMemoryError}).
 */
final class FatalErrors implements Thread.UncaughtExceptionHandler {
    private static final System.Logger LOG = System.getLogger(FatalErrors.class.getName());

    private final Runnable end;

    /** @param end how the process is ended */
    FatalErrors(Runnable end) {
        this.end = end;
    }

    /** From now on, for all threads that have no handler of their own. */
    static void watch() {
        Thread.setDefaultUncaughtExceptionHandler(
                new FatalErrors(() -> Runtime.getRuntime().halt(ExitStatus.MEMORY.code())));
    }

    @Override
    public void uncaughtException(Thread thread, Throwable e) {
        try {
            LOG.log(System.Logger.Level.ERROR, "the thread " + thread.getName() + " has ended", e);
        } finally {
            if (e instanceof OutOfMemoryError) {
                end.run();
            }
        }
    }
}
