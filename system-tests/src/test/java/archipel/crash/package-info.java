/** Processes killed while they write: what they acknowledged has to be there afterwards, whole. */
@NullMarked
package archipel.crash;

import org.jspecify.annotations.NullMarked;
