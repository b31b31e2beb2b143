/**
 * Clients that write to a node, poll it and page through it, all at once, and keep a record of what they saw; and the
 * command that runs them and tells what the record proves. They know the node by HTTP alone, so that any URL will do.
 */
@NullMarked
package archipel.witness;

import org.jspecify.annotations.NullMarked;
