/**
 * Finds out whether members of an ensemble hold different data: they compare hashes of blocks, which are the same on
 * all of them. What comes of it is remembered durably, since a member that differs must not be taken for a sound one
 * after a restart.
 */
@NullMarked
package archipel.divergence;

import org.jspecify.annotations.NullMarked;
