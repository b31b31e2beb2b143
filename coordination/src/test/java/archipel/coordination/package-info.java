/** Tests of the tree: one server with ZooKeeper's own client, and several trees beside a model. */
@NullMarked
package archipel.coordination;

import org.jspecify.annotations.NullMarked;
