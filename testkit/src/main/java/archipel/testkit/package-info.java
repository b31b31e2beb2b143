/** What tests share: randomness that prints its seed when a test fails, a client of HTTP/2. Uses the JDK only. */
@NullMarked
package archipel.testkit;

import org.jspecify.annotations.NullMarked;
