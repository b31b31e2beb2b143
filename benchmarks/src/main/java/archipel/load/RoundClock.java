package archipel.load;

import archipel.report.Round;
import archipel.report.Ticks;
import org.HdrHistogram.Histogram;

/** What a round costs from when this is made until it ends: time, and processor time on both sides. */
final class RoundClock {
    private final Subject subject;
    private final long serverCpuNs;
    private final long compilerCpuNs;
    private final long clientCpuNs = Ticks.ownCpuNs();
    private final long startNs = Ticks.now();

    RoundClock(Subject subject) {
        this.subject = subject;
        this.compilerCpuNs = subject.compilerCpuNs();
        this.serverCpuNs = subject.cpuNs();
    }

    long startNs() {
        return startNs;
    }

    long elapsedNs() {
        return Ticks.now() - startNs;
    }

    Round end(Histogram latencies, double units) {
        long elapsed = elapsedNs();
        long served = subject.cpuNs();
        long servedNs = served < 0 ? -1 : served - serverCpuNs;
        long clientNs = Ticks.ownCpuNs() - clientCpuNs;
        return new Round(latencies, units, elapsed, servedNs, subject.compilerCpuNs() - compilerCpuNs, clientNs);
    }
}
