package archipel.connections;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A selector that begins anew when selecting has failed beyond the library's own recovery, for instance because no
 * descriptor was left for another one. Its connections are closed, since nobody would hear of what they send.
 */
final class RestartedSelector extends ManagedSelector {
    private static final Logger LOG = LoggerFactory.getLogger(RestartedSelector.class);
    private static final long PAUSE_NANOS = 200_000_000;

    private final SelectorManager manager;
    private final Set<EndPoint> endPoints = ConcurrentHashMap.newKeySet();

    RestartedSelector(SelectorManager manager, int id) {
        super(manager, id);
        this.manager = manager;
    }

    @Override
    protected void endPointOpened(EndPoint endPoint) {
        super.endPointOpened(endPoint);
        endPoints.add(endPoint);
    }

    @Override
    protected void endPointClosed(EndPoint endPoint) {
        super.endPointClosed(endPoint);
        endPoints.remove(endPoint);
    }

    @Override
    protected void onSelectFailed(Throwable cause) {
        if (cause instanceof OutOfMemoryError) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, cause);
            return;
        }
        // From another thread: this one belongs to the strategy that stopping waits for.
        Thread.ofPlatform().daemon().name("selector-restart").start(this::restart);
    }

    private void restart() {
        endPoints.forEach(EndPoint::close);
        endPoints.clear();
        while (manager.isRunning()) {
            try {
                stop();
                start();
                LOG.warn("A selector has failed and was started again; its connections were closed.");
                return;
            } catch (Exception e) {
                LOG.error("A selector cannot be started again yet", e);
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }
}
