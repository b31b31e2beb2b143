/**
 * Requests to whichever node answers: the addresses and in which order they are tried, what may be sent again, how long
 * is waited, and as whom. The rest of the client sends nothing by itself. Applications have no use for this package.
 */
@NullMarked
package archipel.calls;

import org.jspecify.annotations.NullMarked;
