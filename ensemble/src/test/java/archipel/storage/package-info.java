/** A store of the ensemble's tests, which fails when it is told to. */
@NullMarked
package archipel.storage;

import org.jspecify.annotations.NullMarked;
