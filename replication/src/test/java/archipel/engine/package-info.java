/** Nodes for simulations, which need the threads that only the engine's own package hands in. */
@NullMarked
package archipel.engine;

import org.jspecify.annotations.NullMarked;
