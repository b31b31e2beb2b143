package archipel.command;

import archipel.changes.Block;

/**
 * What a rewind did.
 *
 * @param head the database's head once it was applied: the block it made, or the one before when the documents stood
 *     already as they did
 * @param restored documents whose winner it replaced by the one of the earlier block
 * @param deleted documents that it deleted, since they were not there at the earlier block or were deleted
 * @param closedConflicts conflicts that it deleted, since they came after the earlier block
 * @param skipped documents that it left as they are, since no revision can follow those that they have
 */
public record RewindResult(Block head, long restored, long deleted, long closedConflicts, long skipped) {}
