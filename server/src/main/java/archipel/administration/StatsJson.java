package archipel.administration;

import archipel.document.JsonBuffer;
import archipel.http.Verb;

/** The counts in the form of CouchDB's {@code _stats}: of its many, those that mean something here. */
final class StatsJson {
    private static final int[] STATUSES = {
        200, 201, 202, 204, 206, 301, 302, 304, 400, 401, 403, 404, 405, 406, 409, 412, 413, 414, 415, 416, 417, 500,
        501, 503
    };

    private final RequestCounts counts;
    private final JsonBuffer json = new JsonBuffer(4096);

    StatsJson(RequestCounts counts) {
        this.counts = counts;
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
        return json.ascii("}}}");
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
