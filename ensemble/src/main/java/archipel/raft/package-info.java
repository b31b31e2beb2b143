/**
 * Consensus by SOFAJRaft, and the only code that sees it. The library decides; what it needs of storage, network and
 * timers is ours: one store for the logs of all groups, the connections between members, one set of timer threads.
 */
@NullMarked
package archipel.raft;

import org.jspecify.annotations.NullMarked;
