/**
 * Documents and their revisions, without any I/O: revision trees and the winner every replica picks alike, parsing and
 * canonical JSON, content-hashed revision ids, collation order and the table of errors.
 *
 * <p>Everything here is a pure function of its arguments, so that the same commands give the same bytes on every node.
 */
@NullMarked
package archipel.document;

import org.jspecify.annotations.NullMarked;
