/**
 * Who a node is: a key of its own, the certificate that it makes of it, and TLS between nodes that know each other by
 * these keys alone. No authority, name or date is part of it.
 */
@NullMarked
package archipel.identity;

import org.jspecify.annotations.NullMarked;
