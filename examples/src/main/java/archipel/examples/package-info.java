/** Programs of a page each that show what the Java client is for. Each takes the addresses of the nodes. */
@NullMarked
package archipel.examples;

import org.jspecify.annotations.NullMarked;
