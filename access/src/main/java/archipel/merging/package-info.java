/**
 * Merging by itself: what a node does with the conflicts of databases whose policy says so. Finds the conflicts by the
 * changes that make them, and has them merged through the gate, as the node itself.
 */
@NullMarked
package archipel.merging;

import org.jspecify.annotations.NullMarked;
