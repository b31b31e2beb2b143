/**
 * What tests share: randomness that prints its seed when a test fails, a client of HTTP/2. Of libraries it uses those
 * alone that run tests.
 */
@NullMarked
package archipel.testkit;

import org.jspecify.annotations.NullMarked;
