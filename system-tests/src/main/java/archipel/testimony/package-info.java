/**
 * What clients of a node saw, as a record that is written down line by line, and the proof, from that record alone,
 * that no reader saw time go back. Knows nothing of HTTP and nothing of the node's own code.
 */
@NullMarked
package archipel.testimony;

import org.jspecify.annotations.NullMarked;
