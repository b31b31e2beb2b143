/** What tests share: seeded randomness that prints its seed when a test fails. Uses the JDK only. */
@NullMarked
package archipel.testkit;

import org.jspecify.annotations.NullMarked;
