package archipel.node;

import archipel.json.JsonSlice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Another node as this one sees it.
 *
 * @param json as the node shows it
 */
public record Peer(JsonSlice json) {
    /** Of its key; empty for one that was not joined yet. */
    public String id() {
        return json.text("id");
    }

    /** Where it answers; empty where that is not known. */
    public String url() {
        return json.text("url");
    }

    public String state() {
        return json.text("state");
    }

    public boolean isConnected() {
        return state().equals("connected");
    }

    /** Since when it is in that state; empty where the node does not say. */
    public String since() {
        return json.text("since");
    }

    /** Why it is in that state; empty where all is well. */
    public String error() {
        return json.text("last_error");
    }

    /** How many changes of all its databases this node has yet to copy, as far as it knows. */
    public long lag() {
        long sum = 0;
        JsonSlice lag = json.member("lag");
        for (JsonSlice one : lag == null ? List.<JsonSlice>of() : lag.members().values()) {
            sum += Long.parseLong(one.toString());
        }
        return sum;
    }

    /** Why databases cannot be copied, by their names. */
    public Map<String, String> errors() {
        Map<String, String> errors = new LinkedHashMap<>();
        JsonSlice given = json.member("errors");
        if (given != null) {
            given.members().forEach((database, error) -> errors.put(database, error.string()));
        }
        return errors;
    }

    /** Whether that is its id, or one of the URLs that it says it answers at. */
    boolean isNamed(String idOrUrl) {
        List<String> names = new ArrayList<>(List.of(id(), plain(url())));
        for (JsonSlice address : KeyValueStore.elements(json, "addresses")) {
            names.add(plain(address.string()));
        }
        return names.contains(plain(idOrUrl));
    }

    private static String plain(String url) {
        int end = url.length();
        while (end > 0 && url.charAt(end - 1) == '/') {
            end--;
        }
        return url.substring(0, end);
    }
}
