package archipel.report;

import org.HdrHistogram.Histogram;

/**
 * One stretch of one workload on one server.
 *
 * @param latencies nanoseconds, one value per operation
 * @param units what the operations came to: documents, rows, bytes
 * @param elapsedNs from the first operation's start to the last one's end
 * @param serverCpuNs processor time the server used, all threads together; negative where it cannot be seen
 * @param compilerCpuNs how much of that a JVM spent on compiling; it ends once a workload has run for long enough
 * @param clientCpuNs processor time this process used
 */
public record Round(
        Histogram latencies, double units, long elapsedNs, long serverCpuNs, long compilerCpuNs, long clientCpuNs) {
    private static final long LONGEST_NS = 600_000_000_000L;

    /** A histogram as all rounds use: up to ten minutes, three digits. */
    public static Histogram histogram() {
        return new Histogram(LONGEST_NS, 3);
    }
}
