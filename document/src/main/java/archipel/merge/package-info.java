/**
 * Merging the leaves of a document that is in conflict, without any I/O: which revision goes on, which content it gets
 * and which deletions close the other branches.
 *
 * <p>Everything here is a pure function of the revision tree, the bodies and the policy, so that two nodes that merge
 * the same leaves make the same revisions, byte for byte.
 */
@NullMarked
package archipel.merge;

import org.jspecify.annotations.NullMarked;
