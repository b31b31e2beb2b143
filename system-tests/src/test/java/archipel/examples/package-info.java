/** Runs the programs of {@code examples} at a node, beside which it stands so that it can call them. */
@NullMarked
package archipel.examples;

import org.jspecify.annotations.NullMarked;
