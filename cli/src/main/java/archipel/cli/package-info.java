/** The {@code archipel} command: starts a node, and inspects a data directory that no node has open. */
@NullMarked
package archipel.cli;

import org.jspecify.annotations.NullMarked;
