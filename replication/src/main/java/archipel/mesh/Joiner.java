package archipel.mesh;

import archipel.document.RequestException;
import archipel.replication.ReplicationEnvironment;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Joins a node of the settings, which may not be there yet, until it has done so. */
final class Joiner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Joiner.class);
    private static final long FIRST_PAUSE_MS = 200;
    private static final long LONGEST_PAUSE_MS = 30_000;

    private final Mesh mesh;
    private final String url;
    private final ReplicationEnvironment environment;
    private final Thread thread;
    private volatile boolean done;
    private volatile @Nullable String error;

    Joiner(Mesh mesh, String url, ReplicationEnvironment environment) {
        this.mesh = mesh;
        this.url = url;
        this.environment = environment;
        this.thread = environment.threads().unstarted("peer-join", this::work);
    }

    void start() {
        thread.start();
    }

    /** A node that was not joined yet. @param url without credentials */
    record Waiting(String url, @Nullable String error) {}

    /** Null where it was joined. */
    @Nullable
    Waiting waiting() {
        return done ? null : new Waiting(shown(), error);
    }

    private String shown() {
        try {
            return JoinUrl.parse(url).shown();
        } catch (RequestException malformed) {
            return "";
        }
    }

    private void work() {
        try {
            for (long pause = FIRST_PAUSE_MS; !attempt(); pause = Math.min(LONGEST_PAUSE_MS, 2 * pause)) {
                environment
                        .pause()
                        .pause(pause / 2
                                + (long) (pause / 2 * environment.chance().getAsDouble()));
            }
        } catch (InterruptedException e) {
            LOG.debug("Joining {} was interrupted.", shown());
        }
    }

    private boolean attempt() throws InterruptedException {
        try {
            JoinUrl.Invited invited = JoinUrl.parse(url).invited();
            if (invited == null || !mesh.isMember(invited.fingerprint())) {
                mesh.joining().rejoin(url);
            }
            done = true;
            return true;
        } catch (RequestException e) {
            if (!e.reason().equals(error)) {
                LOG.warn("Node {} cannot be joined yet: {}", shown(), e.reason());
            }
            error = e.reason();
            return false;
        } catch (RuntimeException | Error e) {
            LOG.error("Node {} cannot be joined.", shown(), e);
            error = "see the node's log";
            return false;
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
