/**
 * A tree of nodes with sessions and watches, for clients of ZooKeeper: its own request pipeline, with the log of the
 * system group in the place of its atomic broadcast.
 */
@NullMarked
package archipel.coordination;

import org.jspecify.annotations.NullMarked;
