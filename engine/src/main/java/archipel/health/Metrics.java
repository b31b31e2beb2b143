package archipel.health;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
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
        add(new Metric(Section.ARCHIPEL, name, Kind.GAUGE, description, value));
    }

    /** A value that only rises while the process runs. See {@link Metric} for the parameters. */
    public void counter(String name, String description, DoubleSupplier value) {
        add(new Metric(Section.ARCHIPEL, name, Kind.COUNTER, description, value));
    }

    /** A counter that CouchDB has by the same name, or what it calls one. See {@link Metric} for the parameters. */
    public void couchCounter(String name, String description, DoubleSupplier value) {
        add(new Metric(Section.COUCHDB, name, Kind.COUNTER, description, value));
    }

    private void add(Metric metric) {
        metrics.put(metric.section() + " " + metric.name(), metric);
    }

    /** Those of a section, in the order of their names. */
    public List<Metric> all(Section section) {
        return metrics.values().stream()
                .filter(metric -> metric.section() == section)
                .sorted(Comparator.comparing(Metric::name))
                .toList();
    }

    /** Where a value is shown; the prefix of its name in Prometheus. */
    public enum Section {
        /** The node's own. */
        ARCHIPEL,
        /** What tools that watch CouchDBs look for. */
        COUCHDB;

        /** In lower case. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How a value behaves. */
    public enum Kind {
        GAUGE,
        COUNTER
    }

    /**
     * One value.
     *
     * @param section where it is shown
     * @param name lower case, words joined by {@code _}, the unit last where there is one ({@code disk_free_bytes})
     * @param description one sentence
     * @param value read at each request for it: has to be cheap; NaN when it is not known
     */
    public record Metric(Section section, String name, Kind kind, String description, DoubleSupplier value) {
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
