package archipel.mesh;

import archipel.document.JsonBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What this node's admin has decided about one peer; no other node hears of it.
 *
 * @param databases patterns; null for those of the setting
 */
record PeerOptions(boolean paused, @Nullable List<String> databases) {
    static final PeerOptions DEFAULT = new PeerOptions(false, null);

    void appendTo(JsonBuffer json) {
        json.ascii("{\"paused\":").bool(paused);
        if (databases != null) {
            json.ascii(",\"databases\":");
            append(json, databases);
        }
        json.ascii('}');
    }

    static void append(JsonBuffer json, List<String> texts) {
        json.ascii('[');
        for (int i = 0; i < texts.size(); i++) {
            json.ascii(i == 0 ? "" : ",").string(texts.get(i));
        }
        json.ascii(']');
    }

    /** Reads what {@link #appendTo} wrote. */
    static PeerOptions parse(JsonNode json) {
        JsonNode given = json.get("databases");
        List<String> databases = null;
        if (given != null && given.isArray()) {
            databases = new ArrayList<>();
            for (JsonNode pattern : given) {
                databases.add(pattern.asString(""));
            }
        }
        return new PeerOptions(json.path("paused").asBoolean(false), databases);
    }
}
