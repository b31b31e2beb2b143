/**
 * Documents as rows, now and as they stood: the newest row and body of each, the versions that later blocks took the
 * place of, and how a document, a listing or a feed as of an earlier block is put together from both. Reads only.
 */
@NullMarked
package archipel.history;

import org.jspecify.annotations.NullMarked;
