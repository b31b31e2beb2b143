/**
 * A running node as a command sees it: where it is, as whom it is asked, what can go wrong, and what it keeps under
 * keys.
 */
@NullMarked
package archipel.node;

import org.jspecify.annotations.NullMarked;
