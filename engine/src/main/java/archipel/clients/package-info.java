/** What counts as one client, and how many of something one client may have. */
@NullMarked
package archipel.clients;

import org.jspecify.annotations.NullMarked;
