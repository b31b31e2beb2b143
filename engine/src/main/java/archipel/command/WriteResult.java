package archipel.command;

import archipel.changes.Block;
import java.util.List;

/**
 * @param head the database's head once the command was applied: the block it made, or the one before when it changed
 *     nothing
 * @param results one per edit, in the edits' order; none where they were not looked at
 */
public record WriteResult(Block head, List<EditResult> results, Outcome outcome) {
    /** What became of the command as a whole. */
    public enum Outcome {
        /** What was not refused is stored. */
        APPLIED,
        /** {@code atomic} was asked for and an edit was refused, so that nothing was stored. */
        REFUSED,
        /** The rules by which the edits were validated are no longer in force: nothing was stored. */
        OUTDATED
    }

    public boolean applied() {
        return outcome == Outcome.APPLIED;
    }
}
