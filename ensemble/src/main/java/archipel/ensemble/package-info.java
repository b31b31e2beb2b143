/**
 * The log of a node that is a member of an ensemble: commands of its clients find their way to whoever leads, come back
 * in one order, and are applied on every member alike.
 */
@NullMarked
package archipel.ensemble;

import org.jspecify.annotations.NullMarked;
