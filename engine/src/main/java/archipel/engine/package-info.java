/**
 * One node's data: databases, the command log, the deterministic applier, the states that readers get, attachments,
 * compaction and the checker of invariants.
 */
@NullMarked
package archipel.engine;

import org.jspecify.annotations.NullMarked;
