package archipel.cluster;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** What the copies of all databases must have in common, as a client sees it at one node. */
final class FleetContents {
    private FleetContents() {}

    /** By database and document: the winner and all leaves. */
    static Map<String, Map<String, String>> leaves(FleetClients clients, ServerProcess node)
            throws IOException, InterruptedException {
        Map<String, Map<String, String>> contents = new TreeMap<>();
        for (JsonNode name : clients.json(node, "GET", "/_all_dbs", "")) {
            if (!name.asString().startsWith("_")) {
                contents.put(name.asString(), leaves(clients, node, name.asString()));
            }
        }
        return contents;
    }

    private static Map<String, String> leaves(FleetClients clients, ServerProcess node, String database)
            throws IOException, InterruptedException {
        Map<String, String> documents = new TreeMap<>();
        JsonNode changes = clients.json(node, "GET", "/" + database + "/_changes?style=all_docs", "");
        for (JsonNode row : changes.get("results")) {
            TreeSet<String> leaves = new TreeSet<>();
            row.get("changes").forEach(change -> leaves.add(change.get("rev").asString()));
            String winner = row.get("changes").get(0).get("rev").asString();
            documents.put(row.get("id").asString(), winner + " of " + leaves + (row.has("deleted") ? " deleted" : ""));
        }
        return documents;
    }

    /**
     * By database and what was asked: every leaf with its history, body and attachments, whose digests and bytes are in
     * it; what is listed, what is in conflict, what is counted.
     */
    static Map<String, String> whole(FleetClients clients, ServerProcess node)
            throws IOException, InterruptedException {
        Map<String, String> contents = new TreeMap<>();
        for (String database : leaves(clients, node).keySet()) {
            String path = "/" + database;
            List<String> wanted = new ArrayList<>();
            for (JsonNode row : clients.json(node, "GET", path + "/_changes?style=all_docs", "")
                    .get("results")) {
                for (JsonNode change : row.get("changes")) {
                    wanted.add("{\"id\":" + row.get("id") + ",\"rev\":" + change.get("rev") + "}");
                }
            }
            wanted.sort(null);
            String body = "{\"docs\":[" + String.join(",", wanted) + "]}";
            for (String query : List.of("?revs=true", "?revs=true&attachments=true")) {
                contents.put(
                        database + " documents" + query,
                        clients.send(node, "POST", path + "/_bulk_get" + query, body)
                                .body());
            }
            for (String listing : List.of("/_all_docs", "/_conflicts")) {
                JsonNode rows = clients.json(node, "GET", path + listing, "").get("rows");
                contents.put(database + listing, rows.toString());
            }
            JsonNode info = clients.json(node, "GET", path, "");
            contents.put(database + " counts", info.get("doc_count") + " " + info.get("doc_del_count"));
        }
        return contents;
    }
}
