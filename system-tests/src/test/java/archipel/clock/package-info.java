/**
 * A process whose wall clock jumps: an agent in its JVM, which has every reading of the clock go through here. The
 * machine's clock stays as it is, and so do all other processes.
 */
@NullMarked
package archipel.clock;

import org.jspecify.annotations.NullMarked;
