package archipel.pairs;

import archipel.report.Ticks;

/** What passes from a moment on: time, and processor time of both servers. */
final class Stretch {
    private final Pair pair;
    private final long began = Ticks.now();
    private final long source;
    private final long target;
    private final long compiler;

    Stretch(Pair pair) {
        this.pair = pair;
        this.source = pair.sourceServer().processes().cpuNs();
        this.target = pair.targetServer().processes().cpuNs();
        this.compiler = compilerNs();
    }

    private long compilerNs() {
        return pair.sourceServer().processes().compilerCpuNs()
                + pair.targetServer().processes().compilerCpuNs();
    }

    Passed end() {
        return new Passed(
                Ticks.now() - began,
                pair.sourceServer().processes().cpuNs() - source,
                pair.targetServer().processes().cpuNs() - target,
                compilerNs() - compiler);
    }

    /**
     * How long it was, in nanoseconds.
     *
     * @param sourceNs processor time of the first server, with what its JVM spends on compiling; as of the second
     * @param compilerNs what both JVMs spent on compiling
     */
    record Passed(long elapsedNs, long sourceNs, long targetNs, long compilerNs) {
        double seconds() {
            return elapsedNs / 1e9;
        }

        /** Of all processor time; empty where it is little. */
        String compiling() {
            long percent = 100 * compilerNs / Math.max(1, sourceNs + targetNs);
            return percent < 5 ? "" : percent + "% compiling";
        }
    }
}
