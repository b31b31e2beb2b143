package archipel.scheduler;

import archipel.auth.UserContext;
import archipel.memory.Reservation;
import archipel.replication.ReplicationOptions;
import archipel.scheduler.JobMembers.Fingerprint;

/** Who asks for a replication. */
sealed interface JobOrigin {
    /** What takes turns with others. */
    String share();

    /**
     * A document of a {@code _replicator} database. What it asks for is read again for each run, so that jobs that wait
     * take little memory.
     *
     * @param term in which this node leads the group of the database; what becomes of the job is noted in no other
     */
    record Document(String database, long term, String id, Fingerprint fingerprint) implements JobOrigin {
        @Override
        public String share() {
            return database;
        }
    }

    /**
     * A request to {@code _replicate}, which nothing remembers beyond the process.
     *
     * @param memory of what it asks for, closed with the job
     */
    record Request(ReplicationOptions options, UserContext user, Reservation memory) implements JobOrigin {
        // No database has a name with a space.
        @Override
        public String share() {
            return "requests of " + user.name();
        }
    }
}
