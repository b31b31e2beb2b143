/**
 * Two servers that replicate with each other: how fast one gets what the other has, how soon it sees a change, and what
 * it costs that nothing happens. {@link archipel.pairs.PairsDriver} is where it starts.
 */
@NullMarked
package archipel.pairs;

import org.jspecify.annotations.NullMarked;
