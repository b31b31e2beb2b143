/**
 * Nodes that know each other by their keys and replicate all their databases to each other: who is a member, how one
 * becomes one, what each has of every other, and the pulling of what changes. Each node reads from the others and
 * writes to nobody; what it reads goes through its own gate.
 */
@NullMarked
package archipel.mesh;

import org.jspecify.annotations.NullMarked;
