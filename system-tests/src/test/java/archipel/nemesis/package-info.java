/**
 * Whether several nodes of one ensemble are one store: processes that are killed, stopped, cut off from each other and
 * slowed down while clients write and read, and the proof from what these saw that it is linearizable.
 */
@NullMarked
package archipel.nemesis;

import org.jspecify.annotations.NullMarked;
