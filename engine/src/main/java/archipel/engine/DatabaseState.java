package archipel.engine;

import archipel.changes.Block;

/**
 * What is known of a database as of one block.
 *
 * @param uuid of this incarnation, 32 hex digits: a database deleted and made anew has another
 * @param head the newest block
 * @param documents live documents, design documents included
 * @param deletedDocuments documents whose winner is a deletion
 * @param bodyBytes JSON of all stored bodies
 * @param liveBodyBytes JSON of the leaves' bodies
 * @param attachmentBytes stored attachment content
 * @param purgeSeq how many purges were done
 * @param position of the log's command that made this state
 */
public record DatabaseState(
        String uuid,
        Block head,
        long documents,
        long deletedDocuments,
        long bodyBytes,
        long liveBodyBytes,
        long attachmentBytes,
        long purgeSeq,
        long position) {}
