/**
 * The one way in for writes. {@link archipel.access.WriteGate} takes documents for a database on behalf of a user, from
 * whichever caller: it checks rights, applies the rules for users and design documents, resolves stubs, takes in the
 * content of attachments and has validation functions agree, before anything is written. {@link
 * archipel.access.DatabaseGate} does the same for what is decided about a database as a whole. Nothing outside this
 * package calls the engine's writing methods, which a test holds. Knows nothing of HTTP.
 */
@NullMarked
package archipel.access;

import org.jspecify.annotations.NullMarked;
