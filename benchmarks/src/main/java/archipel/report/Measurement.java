package archipel.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** The rounds of one workload on one server, summed up. */
public final class Measurement {
    private final String name;
    private final String unit;
    private final List<String> notes = new ArrayList<>();
    private final Histogram latencies = Round.histogram();
    private double units;
    private long elapsedNs;
    private long serverCpuNs;
    private long compilerCpuNs;
    private long clientCpuNs;

    /** @param unit what throughput counts, such as {@code docs} or {@code MB} */
    public Measurement(String name, String unit) {
        this.name = name;
        this.unit = unit;
    }

    public void add(Round round) {
        latencies.add(round.latencies());
        units += round.units();
        elapsedNs += round.elapsedNs();
        clientCpuNs += round.clientCpuNs();
        compilerCpuNs += round.compilerCpuNs();
        serverCpuNs = serverCpuNs < 0 || round.serverCpuNs() < 0 ? -1 : serverCpuNs + round.serverCpuNs();
    }

    /** Something that the numbers do not say. */
    public void note(String text) {
        notes.add(text);
    }

    public String name() {
        return name;
    }

    public String unit() {
        return unit;
    }

    /** With how much of the server's processor time went into compiling, where that was more than a little. */
    public String notes() {
        long percent = serverCpuNs <= 0 ? 0 : 100 * compilerCpuNs / serverCpuNs;
        if (percent < 5) {
            return String.join("; ", notes);
        }
        String compiling = percent + "% compiling";
        return notes.isEmpty() ? compiling : String.join("; ", notes) + "; " + compiling;
    }

    public long operations() {
        return latencies.getTotalCount();
    }

    /** The number of operations, as {@code 12,345}. */
    public String count() {
        return String.format(Locale.ROOT, "%,d", operations());
    }

    /** Units per second; zero before anything was measured. */
    public double perSecond() {
        return elapsedNs == 0 ? 0 : units * 1e9 / elapsedNs;
    }

    /** A latency in milliseconds, as {@code 1.23}; {@code -} before anything was measured. */
    public String milliseconds(double percentile) {
        return operations() == 0 ? "-" : number(latencies.getValueAtPercentile(percentile) / 1e6);
    }

    /**
     * Processor time of the server per unit, in microseconds, without what its JVM spends on compiling; {@code -} where
     * it cannot be seen.
     */
    public String serverMicros() {
        return serverCpuNs <= 0 || units == 0 ? "-" : number((serverCpuNs - compilerCpuNs) / 1e3 / units);
    }

    /** Processor time of this process per unit, in microseconds. */
    public String clientMicros() {
        return units == 0 ? "-" : number(clientCpuNs / 1e3 / units);
    }

    /** A number to three significant digits or whole: {@code 0.0123}, {@code 4.56}, {@code 78.9}, {@code 12,345}. */
    public static String number(double value) {
        double size = Math.abs(value);
        if (size >= 100 || size == 0) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        int digits = size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4;
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }
}
