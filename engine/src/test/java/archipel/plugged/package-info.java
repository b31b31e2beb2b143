/** A log that is in a package of its own, as one of another module would be: it uses what is public in the engine. */
@NullMarked
package archipel.plugged;

import org.jspecify.annotations.NullMarked;
