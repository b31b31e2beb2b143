/**
 * The two ends of a replication: what it reads from a source and writes to a target, and what it needs to know of them.
 * An end is a database of this node or one behind HTTP. {@link archipel.ends.End} says what both can do.
 */
@NullMarked
package archipel.ends;

import org.jspecify.annotations.NullMarked;
