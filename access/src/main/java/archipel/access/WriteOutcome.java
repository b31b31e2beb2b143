package archipel.access;

import archipel.changes.Block;
import java.util.List;

/**
 * What became of a write.
 *
 * @param applied false where all was to be stored, and nothing was
 * @param head the block that it made, the last where it made several; where it made none, the newest of the state that
 *     it was refused by
 * @param documents one for each document, in their order
 */
public record WriteOutcome(boolean applied, Block head, List<DocumentOutcome> documents) {}
