/**
 * HTTP: requests and responses, in CouchDB's words. With {@code
 * archipel.connections}, the only code that sees the HTTP library.
 *
 * <p>A request becomes an {@link archipel.http.Exchange}; the {@link archipel.http.Router} finds its {@link
 * archipel.http.Route} and with it who may use it; one handler class per endpoint family answers. Requests run on
 * virtual threads and block where they have to.
 */
@NullMarked
package archipel.http;

import org.jspecify.annotations.NullMarked;
