/** Endpoints of views: {@code _design/{name}/_view} and what belongs to it. */
@NullMarked
package archipel.views;

import org.jspecify.annotations.NullMarked;
