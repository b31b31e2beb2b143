/** The tree of nodes for clients of ZooKeeper, by its own client, over members in processes of their own. */
@NullMarked
package archipel.tree;

import org.jspecify.annotations.NullMarked;
