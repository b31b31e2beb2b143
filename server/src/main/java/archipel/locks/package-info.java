/** {@code _locks}: locks and elections over HTTP, with tokens that databases check. */
@NullMarked
package archipel.locks;

import org.jspecify.annotations.NullMarked;
