package archipel.scheduler;

import archipel.document.RequestException;
import archipel.ends.ReplicationException;
import archipel.memory.Allowance;
import archipel.memory.MemoryLimitException;
import archipel.memory.Reservation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Finds out the ids of replications with a filter function, whose text has to be fetched from the source: a few at the
 * same time, in turns between shares, since a source may take its time. Under the scheduler's lock, but for what runs
 * on threads of its own.
 */
final class FilterFetches {
    private static final Logger LOG = LoggerFactory.getLogger(FilterFetches.class);

    private static final int MOST = 10;

    private final JobRun.Tools tools;
    private final Listener listener;
    private final FairQueue queue = new FairQueue();
    private int running;

    /** Told what was found out, on a thread of its own and without the lock. */
    @FunctionalInterface
    interface Listener {
        /**
         * @param id null where the filter could not be fetched, or nobody asks for the replication any more
         * @param error why it could not be fetched; null where it could
         */
        void fetched(Job job, @Nullable String id, @Nullable String error);
    }

    FilterFetches(JobRun.Tools tools, Listener listener) {
        this.tools = tools;
        this.listener = listener;
    }

    void add(Job job) {
        queue.add(job);
    }

    void remove(Job job) {
        queue.remove(job);
    }

    /** Begins as many as may run. */
    void begin() {
        while (running < MOST) {
            Job job = queue.poll();
            if (job == null) {
                return;
            }
            running++;
            tools.environment()
                    .threads()
                    .unstarted("replication-filter", () -> fetch(job))
                    .start();
        }
    }

    /** To be called once for each that the listener was told of. */
    void ended() {
        running--;
    }

    private void fetch(Job job) {
        String id = null;
        String error = null;
        try (Reservation reserved = tools.ends().databases().memory().admit(false)) {
            id = ScopedValue.where(Allowance.CURRENT, reserved).call(() -> id(job));
        } catch (ReplicationException e) {
            error = e.reason();
        } catch (InterruptedException e) {
            error = "the node is stopping";
        } catch (RequestException | MemoryLimitException e) {
            error = String.valueOf(e.getMessage());
        } catch (Exception e) {
            LOG.error("The filter of a replication of {} cannot be fetched.", job.source, e);
            error = "see the node's log";
        }
        listener.fetched(job, id, error);
    }

    /** Null where the document is not there any more, or asks for something else. */
    private @Nullable String id(Job job) throws ReplicationException, InterruptedException {
        if (!(job.origin instanceof JobOrigin.Document origin)) {
            throw new IllegalStateException("a request knows its id");
        }
        JobDocuments.Stored stored = tools.documents().find(origin.database(), origin.id());
        if (stored == null || !stored.fingerprint().equals(origin.fingerprint())) {
            return null;
        }
        ObjectNode members = stored.members();
        return tools.ends()
                .id(JobRules.options(members, tools.settings()), tools.rights().user(members))
                .toString();
    }
}
