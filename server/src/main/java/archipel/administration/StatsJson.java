package archipel.administration;

import archipel.document.JsonBuffer;
import archipel.health.Metrics;
import archipel.http.Verb;
import java.util.Locale;

/**
 * The counts in the form of CouchDB's {@code _stats}: of its many, those that mean something here; and in the section
 * {@code archipel} what the node's parts measure.
 */
final class StatsJson {
    private static final int[] STATUSES = {
        200, 201, 202, 204, 206, 301, 302, 304, 400, 401, 403, 404, 405, 406, 409, 412, 413, 414, 415, 416, 417, 500,
        501, 503
    };

    private final RequestCounts counts;
    private final Metrics metrics;
    private final JsonBuffer json = new JsonBuffer(4096);

    StatsJson(RequestCounts counts, Metrics metrics) {
        this.counts = counts;
        this.metrics = metrics;
    }

    JsonBuffer write() {
        json.ascii("{\"couchdb\":{\"request_time\":");
        histogram();
        json.ascii(",\"httpd\":{\"requests\":");
        counter(counts.total(), "number of HTTP requests");
        json.ascii("},\"httpd_request_methods\":{");
        String separator = "";
        for (Verb verb : Verb.values()) {
            if (verb != Verb.OTHER) {
                json.ascii(separator).string(verb.name()).ascii(':');
                counter(counts.of(verb), "number of HTTP " + verb + " requests");
                separator = ",";
            }
        }
        json.ascii("},\"httpd_status_codes\":{");
        separator = "";
        for (int status : STATUSES) {
            json.ascii(separator).string(Integer.toString(status)).ascii(':');
            counter(counts.of(status), "number of HTTP " + status + " responses");
            separator = ",";
        }
        json.ascii('}');
        measures(Metrics.Section.COUCHDB, ",");
        json.ascii("},\"archipel\":{");
        measures(Metrics.Section.ARCHIPEL, "");
        return json.ascii("}}");
    }

    private void measures(Metrics.Section section, String first) {
        String separator = first;
        for (Metrics.Metric metric : metrics.all(section)) {
            json.ascii(separator).string(metric.name()).ascii(":{\"value\":");
            double value = metric.read();
            // JSON has no NaN.
            json.ascii(Double.isFinite(value) ? number(value) : "null");
            json.ascii(",\"type\":").string(metric.kind().name().toLowerCase(Locale.ROOT));
            json.ascii(",\"desc\":").string(metric.description()).ascii('}');
            separator = ",";
        }
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    private void counter(long value, String description) {
        json.ascii("{\"value\":")
                .number(value)
                .ascii(",\"type\":\"counter\",\"desc\":")
                .string(description)
                .ascii('}');
    }

    private void histogram() {
        long total = counts.total();
        json.ascii("{\"value\":{\"arithmetic_mean\":");
        milliseconds(total == 0 ? 0 : counts.seconds() / total);
        json.ascii(",\"median\":");
        milliseconds(counts.quantileSeconds(0.5));
        json.ascii(",\"max\":");
        milliseconds(counts.quantileSeconds(1));
        json.ascii(",\"percentile\":[");
        String separator = "";
        for (int part : new int[] {50, 75, 90, 95, 99, 999}) {
            json.ascii(separator).ascii('[').number(part).ascii(',');
            milliseconds(counts.quantileSeconds(part > 100 ? part / 1000.0 : part / 100.0));
            json.ascii(']');
            separator = ",";
        }
        json.ascii("],\"n\":").number(total);
        json.ascii("},\"type\":\"histogram\",\"desc\":\"length of a request inside the node, in milliseconds\"}");
    }

    private void milliseconds(double seconds) {
        json.ascii(Double.toString(Math.round(seconds * 1e6) / 1e3));
    }
}
