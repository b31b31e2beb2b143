package archipel.cli;

import archipel.auth.AccountSettings;
import archipel.engine.EngineSettings;
import archipel.server.Server;
import archipel.settings.Settings;
import archipel.shell.EnsembleJoin;
import archipel.shell.ExitStatus;
import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A node that runs until the process is told to stop, or the thread is interrupted. */
final class Serving {
    private static final int HEAP_CHECK_SECONDS = 5;

    private final PrintWriter out;

    Serving(PrintWriter out) {
        this.out = out;
    }

    ExitStatus run(Settings settings) {
        Runnable halt = FatalErrors.watch();
        EnsembleJoin.before(settings, out);
        try (Server server = Server.start(settings, this::tellPassword)) {
            Runtime.getRuntime().addShutdownHook(new Thread(server::close, "archipel-stop"));
            out.println("Archipel serves " + server.url() + " from " + settings.get(EngineSettings.DATA)
                    + " (durability " + settings.get(EngineSettings.DURABILITY).word() + ", admin \""
                    + settings.get(AccountSettings.ADMIN) + "\").");
            // The signals that stop the process run the hook; this thread has little more to do.
            IdleHeap idle = new IdleHeap(IdleHeap.Memory.JVM);
            ExhaustedHeap exhausted = ExhaustedHeap.ofJvm(halt);
            CountDownLatch never = new CountDownLatch(1);
            while (!never.await(HEAP_CHECK_SECONDS, TimeUnit.SECONDS)) {
                exhausted.check();
                idle.check();
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
        return ExitStatus.DONE;
    }

    private void tellPassword(String admin, String password) {
        out.println(
                "The admin \"" + admin + "\" has the password " + password + " (shown only once; stored as a hash).");
    }
}
