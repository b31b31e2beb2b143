/** JSON text as the bytes that it is: looked into where it stands, and passed on, without a tree of values. */
@NullMarked
package archipel.json;

import org.jspecify.annotations.NullMarked;
