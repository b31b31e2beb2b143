package archipel.scheduler;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A replication that the node knows of, as it was at one moment.
 *
 * @param id null where it is not known yet
 * @param run which run of the node's replications it is in; 0 where it does not run
 * @param source without credentials; as the target
 * @param database with the document that asks for it; null where a request does
 * @param document that document's id
 * @param user on whose behalf; null for nobody
 * @param info how far it has come; null where it has not run since the node started
 * @param error why it failed last; null where it did not, or has run well since
 * @param errors failures in a row
 * @param history the newest first; empty where it was never in the schedule
 * @param updated when something happened to it last
 * @param started when the node began with it
 */
public record JobView(
        @Nullable String id,
        long run,
        String source,
        String target,
        @Nullable String database,
        @Nullable String document,
        @Nullable String user,
        JobState state,
        @Nullable JobInfo info,
        @Nullable String error,
        int errors,
        List<JobEvent> history,
        Instant updated,
        Instant started) {}
