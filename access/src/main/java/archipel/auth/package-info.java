/**
 * Who a client is, and what that lets it do: passwords, sessions, lock-out, the security objects of databases and the
 * rules over documents in {@code _users}. Knows nothing of HTTP but the texts of two headers.
 */
@NullMarked
package archipel.auth;

import org.jspecify.annotations.NullMarked;
