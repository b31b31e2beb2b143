package archipel.cli;

import archipel.shell.ExitStatus;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Ends the process when an error has ended a thread that nothing replaces, or the heap stays full: what was
 * acknowledged is on the disk, and a node that goes on without the thread answers nobody, or never ends a function
 * again. It need not be the lack of memory itself: a class that could not be loaded for it is gone for good. Requests
 * and functions of design documents that run out of memory get an error of their own and never come here, so that the
 * JVM itself must not end the process for them ({@code -XX:+ExitOnOutOfMemoryError}); nor does the thread that writes,
 * which halts writing.
 */
final class FatalErrors implements Thread.UncaughtExceptionHandler {
    private static final System.Logger LOG = System.getLogger(FatalErrors.class.getName());

    private final Runnable end;

    /** @param end how the process is ended; must not allocate */
    FatalErrors(Runnable end) {
        this.end = end;
    }

    /** From now on, for all threads that have no handler of their own. @return how the process is ended */
    static Runnable watch() {
        Runnable end = new Halt();
        Thread.setDefaultUncaughtExceptionHandler(new FatalErrors(end));
        return end;
    }

    @Override
    public void uncaughtException(Thread thread, Throwable e) {
        try {
            if (!(e instanceof OutOfMemoryError)) {
                // To log it would take memory.
                LOG.log(System.Logger.Level.ERROR, "the thread " + thread.getName() + " has ended", e);
            }
        } finally {
            if (e instanceof Error) {
                end.run();
            }
        }
    }

    /** Needs no memory: all that it takes is made when the process begins. */
    private static final class Halt implements Runnable {
        private static final byte[] LAST_WORDS =
                "archipel: the process ends after an error, mostly for lack of memory; give it more (-Xmx).\n"
                        .getBytes(StandardCharsets.UTF_8);

        private final Runtime runtime = Runtime.getRuntime();
        private final FileOutputStream err = new FileOutputStream(FileDescriptor.err);
        private final int code = ExitStatus.MEMORY.code();

        @Override
        public void run() {
            try {
                err.write(LAST_WORDS);
            } catch (IOException | OutOfMemoryError unheard) {
                // The code says it as well.
            } finally {
                runtime.halt(code);
            }
        }
    }
}
