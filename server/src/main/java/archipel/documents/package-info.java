/**
 * The endpoints of single documents, their attachments and {@code _local} documents; and what bulk endpoints and feeds
 * share with them: how a document is written as JSON, and how what clients send becomes an edit.
 *
 * <p>Attachment content is never held in memory: it streams between socket and store, as a part of a MIME message, as
 * base64 within JSON, or alone.
 */
@NullMarked
package archipel.documents;

import org.jspecify.annotations.NullMarked;
