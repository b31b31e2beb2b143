/** Replications that clients ask for: {@code _replicate}, and those that run among the {@code _active_tasks}. */
@NullMarked
package archipel.replications;

import org.jspecify.annotations.NullMarked;
