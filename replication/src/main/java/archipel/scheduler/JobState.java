package archipel.scheduler;

import java.util.Locale;

/** What a replication is at, as CouchDB's scheduler names it. */
public enum JobState {
    /** Its id is not known yet, for which the filter has to be fetched. */
    INITIALIZING,
    /** Its id cannot be told for now, or another replication has it. */
    ERROR,
    RUNNING,
    /** Waits for its turn. */
    PENDING,
    /** Has failed, and waits until it is tried again. */
    CRASHING,
    COMPLETED,
    /** Not tried any more until somebody changes the document. */
    FAILED;

    /** As it is shown. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
