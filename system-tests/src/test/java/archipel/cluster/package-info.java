/**
 * Server processes of this build, started as the launcher starts them, killed and started again; and what is promised
 * of a whole process: how it starts and ends, and how much memory it takes.
 */
@NullMarked
package archipel.cluster;

import org.jspecify.annotations.NullMarked;
