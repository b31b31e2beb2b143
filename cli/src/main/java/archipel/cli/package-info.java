/**
 * The {@code archipel} command: starts a node, has a running one do something, and inspects a data directory
 * that no node has open.
 */
@NullMarked
package archipel.cli;

import org.jspecify.annotations.NullMarked;
