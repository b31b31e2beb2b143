package archipel.scheduler;

import archipel.ends.ReplicationException;
import archipel.replication.ReplicationId;
import archipel.replication.ReplicationResult;

/** How one run of a job has ended. */
sealed interface JobOutcome {
    /** All is copied, and where a document asked for it, it says so. */
    record Completed(ReplicationResult result) implements JobOutcome {}

    /** It was told to stop. */
    record Stopped() implements JobOutcome {}

    record Crashed(ReplicationException cause) implements JobOutcome {
        String reason() {
            return cause.error() + ": " + cause.reason();
        }
    }

    /** The filter has another text by now, which makes another replication of it. */
    record Renamed(ReplicationId id) implements JobOutcome {}

    /** What asked for it is not there any more, or asks for something else. */
    record Outdated() implements JobOutcome {}
}
