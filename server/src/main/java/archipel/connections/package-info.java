/**
 * Connections: accepting them within bounds, TLS, the heads of requests, and what is refused before a request is one.
 * With {@code archipel.http}, the only code that sees the HTTP library.
 */
@NullMarked
package archipel.connections;

import org.jspecify.annotations.NullMarked;
