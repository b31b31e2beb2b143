/**
 * The Java client against real nodes: what it reads and writes, answers that are lost on the way, nodes that die, and
 * the programs in {@code examples}.
 */
@NullMarked
package archipel.javaclient;

import org.jspecify.annotations.NullMarked;
