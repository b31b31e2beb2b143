/**
 * The endpoints of a database's history: its blocks, its horizon, what changed between two blocks, and new databases
 * made from one.
 */
@NullMarked
package archipel.blocks;

import org.jspecify.annotations.NullMarked;
