/**
 * Locks and elections of an ensemble, as their holders know them: taken, renewed in the background, lost by the clock
 * of the holder before the nodes may give them to somebody else, and shown with writes by their token, so that the
 * store refuses what a former holder sends.
 */
@NullMarked
package archipel.leases;

import org.jspecify.annotations.NullMarked;
