/** Clients of ZooKeeper at our tree and at ZooKeeper itself: watches, locks, failures, and a crowd of sessions. */
@NullMarked
package archipel.trees;

import org.jspecify.annotations.NullMarked;
