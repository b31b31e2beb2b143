package archipel.log;

import java.time.Duration;

/**
 * What bounds a log.
 *
 * @param fsync whether commands are answered once they are on the disk, instead of once the operating system has them
 * @param batchBytes how much is written at once at the most
 * @param queueBytes of commands between their submission and their answer, at the most
 * @param queueWait how long a command waits for its place among these
 */
public record LogOptions(boolean fsync, long batchBytes, long queueBytes, Duration queueWait) {}
