@NullMarked
package archipel.coordination;

import org.jspecify.annotations.NullMarked;
