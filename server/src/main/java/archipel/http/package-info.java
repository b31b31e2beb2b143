/**
 * HTTP: requests and responses, in CouchDB's words. With {@code
 * archipel.connections}, the only code that sees the HTTP library.
 *
 * <p>The {@link archipel.http.Router} finds a request's {@link archipel.http.Route} and with it who may use it; one
 * {@link archipel.http.Handler} answers. It gets a {@link archipel.http.Request}, or a {@link
 * archipel.http.DatabaseRequest} where the path names a database, and the {@link archipel.http.Answer}. Requests run on
 * virtual threads and block where they have to.
 */
@NullMarked
package archipel.http;

import org.jspecify.annotations.NullMarked;
