/**
 * The style and the structure of the code base, as tests. {@link archipel.house.DependencyTest} holds which package may
 * use which; {@link archipel.house.StyleTest} reads every source file and holds sizes, names, banned calls and what
 * else CONTRIBUTING.md promises. What does not hold yet is counted in {@code system-tests/ratchet.txt}, where a count
 * may only fall.
 */
@NullMarked
package archipel.house;

import org.jspecify.annotations.NullMarked;
