/**
 * Where requests come from: who sent what a proxy passes on, which web pages of other sites a browser may let in, and
 * which it is kept from. Knows headers by their names and values alone.
 */
@NullMarked
package archipel.origins;

import org.jspecify.annotations.NullMarked;
