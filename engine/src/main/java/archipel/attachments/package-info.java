/** Attachment content as it is stored: its row, its chunks read as a stream, its length when decoded. */
@NullMarked
package archipel.attachments;

import org.jspecify.annotations.NullMarked;
