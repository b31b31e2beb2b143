/** Replications as clients see them: {@code _replicate}, {@code _scheduler}, and those of the {@code _active_tasks}. */
@NullMarked
package archipel.replications;

import org.jspecify.annotations.NullMarked;
