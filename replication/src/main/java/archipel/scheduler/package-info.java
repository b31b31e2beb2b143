/**
 * Which replications run, and when: those that documents of {@code _replicator} ask for and those that requests do take
 * turns within bounds, back off after failures, and go on where they were after a restart.
 */
@NullMarked
package archipel.scheduler;

import org.jspecify.annotations.NullMarked;
