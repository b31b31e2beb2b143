package archipel.mesh;

import archipel.engine.Database;
import archipel.engine.EventPosition;
import archipel.engine.Node;
import archipel.engine.Node.DatabaseEvent;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells which databases of this node were made or deleted: the work of one thread, until it is interrupted. */
final class DatabaseWatch implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseWatch.class);

    private static final int BETWEEN_LOOKS_MS = 50;

    private final Node node;
    private final Consumer<String> changed;

    /** @param changed given the names */
    DatabaseWatch(Node node, Consumer<String> changed) {
        this.node = node;
        this.changed = changed;
    }

    @Override
    public void run() {
        Map<String, String> incarnations = new HashMap<>();
        EventPosition last = node.position();
        node.databaseNames().forEach(name -> incarnations.put(name, incarnation(name)));
        try {
            while (!node.isClosing() && !Thread.currentThread().isInterrupted()) {
                boolean _ = node.awaitEvent(last, Duration.ofHours(1));
                EventPosition now = node.position();
                for (DatabaseEvent event : node.eventsSince(last)) {
                    last = event.position();
                    String name = event.database();
                    String incarnation = incarnation(name);
                    if (!incarnation.equals(incarnations.put(name, incarnation))) {
                        changed.accept(name);
                    }
                    if (incarnation.isEmpty()) {
                        incarnations.remove(name);
                    }
                }
                last = last.and(now);
                // Each write is an event, and hardly any is of what is looked for here: they are left to gather for a
                // while. There is no condition to wait for; whoever ends the watch interrupts it.
                TimeUnit.MILLISECONDS.sleep(BETWEEN_LOOKS_MS);
            }
        } catch (InterruptedException e) {
            LOG.debug("Watching databases was interrupted.");
        }
    }

    private String incarnation(String name) {
        Database database = node.find(name);
        return database == null ? "" : database.state().uuid();
    }
}
