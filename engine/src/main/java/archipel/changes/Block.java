package archipel.changes;

import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What one command did to a database. Blocks of a database form a hash chain: each names its parent's hash.
 *
 * @param number 0 for the block that makes the database, then one more each
 * @param hash SHA-256, 32 bytes
 * @param parent the hash of the block before; 32 zero bytes for block 0
 * @param timeMs milliseconds since the epoch, as the command says; less than the parent's only where the database's
 *     time began anew
 * @param lastSeq the seq of the block's last change; the parent's where the block changed no document
 * @param changes how many documents the block changed
 * @param content digest over the block's changes, 32 bytes
 * @param totals how much there was after the block; no part of what is hashed
 */
public record Block(
        long number,
        byte[] hash,
        byte[] parent,
        long timeMs,
        long lastSeq,
        int changes,
        byte[] content,
        Totals totals) {
    /** The seq of the block's first change; one more than {@link #lastSeq} where it changed no document. */
    public long firstSeq() {
        return lastSeq - changes + 1;
    }

    /** 64 lowercase hex digits. */
    public String hashText() {
        return HexFormat.of().formatHex(hash);
    }

    /** The hash's first four bytes, which every shown seq carries. */
    public int hashPrefix() {
        return (hash[0] & 255) << 24 | (hash[1] & 255) << 16 | (hash[2] & 255) << 8 | hash[3] & 255;
    }

    /** The seq of the block's last change, as shown. */
    public Sequence lastSequence() {
        return new Sequence(lastSeq, hashPrefix());
    }

    /** The hash covers all but the totals. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Block block && Arrays.equals(hash, block.hash) && totals.equals(block.totals);
    }

    @Override
    public int hashCode() {
        return hashPrefix();
    }

    /** {@code number-0xhash}, the value of the {@code Archipel-Block} header. */
    @Override
    public String toString() {
        return number + "-0x" + hashText();
    }

    /**
     * What can be counted again from the changes up to a block, kept so that an earlier block need not be counted.
     *
     * @param documents live documents, design documents included
     * @param deletedDocuments documents whose winner is a deletion
     * @param purgeSeq how many purges were done
     * @param outdated how many of the block's changes left something behind that nobody reads once the block is the
     *     oldest readable one: an earlier version, or a body that is no leaf's
     */
    public record Totals(long documents, long deletedDocuments, long purgeSeq, int outdated) {
        public static final Totals NONE = new Totals(0, 0, 0, 0);
    }
}
