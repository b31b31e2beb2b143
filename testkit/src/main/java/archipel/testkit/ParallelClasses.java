package archipel.testkit;

import org.awaitility.Awaitility;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** What classes of tests need that run beside others in one process. */
public final class ParallelClasses implements LauncherSessionListener {
    /** A wait would fail with what a thread of another class has thrown. */
    @Override
    public void launcherSessionOpened(LauncherSession session) {
        Awaitility.doNotCatchUncaughtExceptionsByDefault();
    }
}
