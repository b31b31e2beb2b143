/**
 * What happened to a database, in order: blocks and their hash chain, one change row per document at its newest seq,
 * and the feeds that wait for what comes next. Also what a node runs in the background: threads, loops, deadlines.
 */
@NullMarked
package archipel.changes;

import org.jspecify.annotations.NullMarked;
