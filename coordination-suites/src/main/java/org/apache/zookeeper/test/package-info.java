/** In the place of what ZooKeeper's own tests begin a server with: a way to servers that run already. */
@NullMarked
package org.apache.zookeeper.test;

import org.jspecify.annotations.NullMarked;
