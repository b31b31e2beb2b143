/**
 * What a group's log wants of a consensus library, and what it gives it: entries in one order, read indexes, who leads,
 * and who is a member. Nothing here knows of a library, so that a simulation can stand in for one.
 */
@NullMarked
package archipel.consensus;

import org.jspecify.annotations.NullMarked;
