/** What tests of the ensemble need of the engine's own parts. */
@NullMarked
package archipel.engine;

import org.jspecify.annotations.NullMarked;
