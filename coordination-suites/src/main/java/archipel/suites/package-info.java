/**
 * Tests that others wrote for ZooKeeper, run on three processes of ours or of ZooKeeper itself. What they begin a
 * server with is replaced by classes of the same names that are a way to servers that run already; {@link
 * archipel.suites.Suites} is where it starts.
 */
@NullMarked
package archipel.suites;

import org.jspecify.annotations.NullMarked;
