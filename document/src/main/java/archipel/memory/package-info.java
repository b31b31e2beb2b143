/**
 * How much memory requests may use together. A {@link archipel.memory.MemoryBudget} hands out {@link
 * archipel.memory.Reservation}s; whatever allocates on behalf of a request asks the {@link archipel.memory.Allowance}
 * of its thread first. What is kept between requests, to save work, is in a {@link archipel.memory.BoundedCache}.
 */
@NullMarked
package archipel.memory;

import org.jspecify.annotations.NullMarked;
