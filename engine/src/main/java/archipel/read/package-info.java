/**
 * The one door for reads. {@link archipel.read.ReadDoor} opens a database as of the block that is wanted, as fresh as
 * is wanted, on behalf of whoever reads, and answers with a {@link archipel.read.Reader}. Which block that is, and
 * which error a block has that cannot be read, is decided there and nowhere else. What somebody may not see passes
 * none of a reader's cursors and point reads ({@link archipel.read.Visibility}). Nothing here writes.
 */
@NullMarked
package archipel.read;

import org.jspecify.annotations.NullMarked;
