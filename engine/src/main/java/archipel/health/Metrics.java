package archipel.health;

import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleSupplier;

/**
 * What the parts of a node can measure. Each part registers its values once; they are read when somebody asks for them,
 * and shown by {@code _stats} and {@code _prometheus} alike. One takes the place of another of the same name. Safe for
 * use by many threads.
 */
public final class Metrics {
    private final ConcurrentHashMap<String, Metric> metrics = new ConcurrentHashMap<>();

    /** A value that rises and falls. See {@link Metric} for the parameters. */
    public void gauge(String name, String description, DoubleSupplier value) {
        add(new Metric(name, Kind.GAUGE, description, value));
    }

    /** A value that only rises while the process runs. See {@link Metric} for the parameters. */
    public void counter(String name, String description, DoubleSupplier value) {
        add(new Metric(name, Kind.COUNTER, description, value));
    }

    private void add(Metric metric) {
        metrics.put(metric.name(), metric);
    }

    /** In the order of their names. */
    public List<Metric> all() {
        return metrics.values().stream()
                .sorted(Comparator.comparing(Metric::name))
                .toList();
    }

    /** How a value behaves. */
    public enum Kind {
        GAUGE,
        COUNTER
    }

    /**
     * One value.
     *
     * @param name lower case, words joined by {@code _}, the unit last where there is one ({@code disk_free_bytes})
     * @param description one sentence
     * @param value read at each request for it: has to be cheap; NaN when it is not known
     */
    public record Metric(String name, Kind kind, String description, DoubleSupplier value) {
        /** The value now; NaN where it is not known or cannot be read at the moment. */
        public double read() {
            try {
                return value.getAsDouble();
            } catch (RuntimeException notNow) {
                return Double.NaN;
            }
        }
    }
}
