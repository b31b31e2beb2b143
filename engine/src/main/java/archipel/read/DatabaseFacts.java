package archipel.read;

import archipel.changes.Block;
import java.util.List;

/** What readers need to know of a database besides its rows, as of its newest committed block. Immutable. */
public interface DatabaseFacts {
    /** The log group that holds it; part of its keys. */
    int group();

    /** In keys, never used again. */
    int number();

    /** Of this incarnation, 32 hex digits. */
    String uuid();

    /** Of the newest command that made this state; never comes back to an earlier value. */
    long position();

    /** The newest block. */
    Block head();

    /** Live documents, design documents included. */
    long documents();

    /** Documents whose winner is a deletion. */
    long deletedDocuments();

    /** How many purges were done. */
    long purgeSeq();

    /** JSON of all stored bodies and stored attachment content, bytes. */
    long contentBytes();

    /** The number of the oldest block that can be read. */
    long horizon();

    /** Bodies written up to this block are shown to latest reads only where they are a leaf's. */
    long compactedTo();

    /** The numbers of the blocks after which time began anew, ascending. */
    List<Long> restarts();

    /** How many revisions of a branch latest reads show. */
    int revisionsLimit();

    /** The position of the newest command that changed what writes are validated by. */
    long rulesPosition();
}
