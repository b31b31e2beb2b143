/**
 * Mango: CouchDB's declarative queries. {@link archipel.mango.Selector} is a compiled condition on documents; it looks
 * at values alone, so it serves a changes feed's {@code _selector} filter as well as queries.
 */
@NullMarked
package archipel.mango;

import org.jspecify.annotations.NullMarked;
