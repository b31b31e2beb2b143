/**
 * Requests to other nodes over HTTP: where they are, who asks, which addresses may be asked at all, what a broken
 * connection means. The only code outside the server that sees the HTTP library. Bodies are streamed both ways and
 * never held here.
 */
@NullMarked
package archipel.remote;

import org.jspecify.annotations.NullMarked;
