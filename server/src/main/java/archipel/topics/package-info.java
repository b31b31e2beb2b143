/** {@code _topics}: messages that are published by one client and delivered to all that subscribe, in one order. */
@NullMarked
package archipel.topics;

import org.jspecify.annotations.NullMarked;
