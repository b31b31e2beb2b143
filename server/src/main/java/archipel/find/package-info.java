/**
 * The endpoints of declarative queries: {@code _find}, {@code _explain} and {@code _index}. What a query means is the
 * affair of {@link archipel.mango}; here are requests and answers, and the design documents in which indexes are kept,
 * which are written as any other document is.
 */
@NullMarked
package archipel.find;

import org.jspecify.annotations.NullMarked;
