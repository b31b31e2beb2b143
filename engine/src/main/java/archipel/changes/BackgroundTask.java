package archipel.changes;

import org.jspecify.annotations.Nullable;

/**
 * Something that a node works at in the background.
 *
 * @param type as {@code _active_tasks} calls it, such as {@code database_compaction}
 * @param designDocument what it works for; null where it works for the whole database
 * @param progress percent
 * @param startedMs since the epoch
 * @param updatedMs since the epoch
 */
public record BackgroundTask(
        String type,
        String database,
        @Nullable String designDocument,
        int progress,
        long changesDone,
        long totalChanges,
        long startedMs,
        long updatedMs) {}
