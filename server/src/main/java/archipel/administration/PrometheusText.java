package archipel.administration;

import archipel.engine.Node;
import archipel.health.Metrics;
import archipel.health.Problem;
import archipel.http.Verb;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The counts in Prometheus's text form, by way of Micrometer. Nothing of it is loaded before it is asked for the first
 * time: requests are counted in {@link RequestCounts} alone, and the meters look there.
 */
final class PrometheusText {
    private final Node node;
    private final RequestCounts counts;
    private @Nullable PrometheusMeterRegistry registry;

    PrometheusText(Node node, RequestCounts counts) {
        this.node = node;
        this.counts = counts;
    }

    synchronized String scrape() {
        PrometheusMeterRegistry made = registry;
        if (made == null) {
            made = make();
            registry = made;
        }
        return made.scrape();
    }

    private PrometheusMeterRegistry make() {
        PrometheusMeterRegistry made = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        for (Verb verb : Verb.values()) {
            FunctionCounter.builder("couchdb.httpd.request_methods", counts, all -> all.of(verb))
                    .tag("method", verb.name())
                    .description("HTTP requests by method")
                    .register(made);
        }
        for (int status = 100; status < 600; status += 100) {
            int first = status;
            FunctionCounter.builder("couchdb.httpd.status_classes", counts, all -> inClass(all, first))
                    .tag("class", status / 100 + "xx")
                    .description("HTTP answers by class of status")
                    .register(made);
        }
        FunctionTimer.builder(
                        "couchdb.request_time", counts, RequestCounts::total, RequestCounts::seconds, TimeUnit.SECONDS)
                .description("time from a request's head to the end of its answer")
                .register(made);
        for (double part : new double[] {0.5, 0.9, 0.99, 0.999}) {
            Gauge.builder("couchdb.request_time.quantile.seconds", counts, all -> all.quantileSeconds(part))
                    .tag("quantile", Double.toString(part))
                    .description("how long that part of all requests took at the most")
                    .register(made);
        }
        Gauge.builder("archipel.databases", node, all -> all.databaseNames().size())
                .description("databases there are")
                .register(made);
        FunctionCounter.builder("archipel.commands", node, all -> all.position().sum())
                .description("write commands that were committed")
                .register(made);
        Gauge.builder("archipel.background_tasks", node, all -> all.tasks().size())
                .description("compactions under way")
                .register(made);
        for (Metrics.Section section : Metrics.Section.values()) {
            node.metrics().all(section).forEach(metric -> register(metric, made));
        }
        for (Problem problem : Problem.values()) {
            Gauge.builder("archipel.problem", node.health(), all -> all.has(problem) ? 1 : 0)
                    .tag("problem", problem.label())
                    .description("1 while the node has the problem that _up names so")
                    .register(made);
            FunctionCounter.builder("archipel.problems", node.health(), all -> all.count(problem))
                    .tag("problem", problem.label())
                    .description("how often the problem began")
                    .register(made);
        }
        new JvmMemoryMetrics().bindTo(made);
        new JvmThreadMetrics().bindTo(made);
        new ProcessorMetrics().bindTo(made);
        new UptimeMetrics().bindTo(made);
        bindGarbageCollection(made);
        return made;
    }

    private static void register(Metrics.Metric metric, PrometheusMeterRegistry made) {
        String name = metric.section().label() + "." + metric.name();
        switch (metric.kind()) {
            case GAUGE ->
                Gauge.builder(name, metric, Metrics.Metric::read)
                        .description(metric.description())
                        .register(made);
            case COUNTER ->
                FunctionCounter.builder(name, metric, Metrics.Metric::read)
                        .description(metric.description())
                        .register(made);
        }
    }

    @SuppressWarnings("resource") // listens for as long as the process runs
    private static void bindGarbageCollection(PrometheusMeterRegistry made) {
        new JvmGcMetrics().bindTo(made);
    }

    private static long inClass(RequestCounts counts, int first) {
        long sum = 0;
        for (int status = first; status < first + 100; status++) {
            sum += counts.of(status);
        }
        return sum;
    }
}
