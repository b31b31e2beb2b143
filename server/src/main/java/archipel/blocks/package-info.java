/**
 * The endpoints of a database's history: its blocks, its horizon, what changed between two blocks, new databases made
 * from one, and going back to one.
 */
@NullMarked
package archipel.blocks;

import org.jspecify.annotations.NullMarked;
