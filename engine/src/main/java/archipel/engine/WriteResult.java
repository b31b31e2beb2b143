package archipel.engine;

import archipel.changes.Block;
import java.util.List;

/**
 * @param head the database's head once the command was applied: the block it made, or the one before when it changed
 *     nothing
 * @param results one per edit, in the edits' order
 * @param applied false when {@code atomic} was asked for and an edit was refused, so that nothing was stored
 */
public record WriteResult(Block head, List<EditResult> results, boolean applied) {}
