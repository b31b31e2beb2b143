package archipel.mesh;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.mesh.Mesh.PeerSnapshot;
import archipel.mesh.PeerDatabases.Progress;
import archipel.mesh.PeerLink.Status;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A node's peers as {@code _peers} shows them. */
final class PeerStatus {
    private final Mesh mesh;

    PeerStatus(Mesh mesh) {
        this.mesh = mesh;
    }

    JsonBuffer all() {
        NodeRecord self = mesh.self();
        JsonBuffer json =
                new JsonBuffer(1024).ascii("{\"node\":{\"fingerprint\":").string(self.id());
        PeerOptions.append(json.ascii(",\"addresses\":"), self.addresses());
        String warning = mesh.warning();
        if (warning != null) {
            json.ascii(",\"warning\":").string(warning);
        }
        json.ascii("},\"peers\":[");
        String separator = "";
        for (PeerSnapshot peer : mesh.shown()) {
            append(json.ascii(separator), peer);
            separator = ",";
        }
        json.ascii("],\"joining\":[");
        separator = "";
        for (Joiner joiner : mesh.joiners()) {
            Joiner.Waiting waiting = joiner.waiting();
            if (waiting != null) {
                json.ascii(separator).ascii("{\"url\":").string(waiting.url());
                json.ascii(",\"state\":\"joining\"");
                error(json, waiting.error()).ascii('}');
                separator = ",";
            }
        }
        json.ascii("],\"discovered\":[");
        separator = "";
        for (Discovery.Stranger found : mesh.discovered()) {
            json.ascii(separator).ascii("{\"fingerprint\":").string(found.id());
            json.ascii(",\"url\":").string(found.url());
            json.ascii(",\"since\":").string(shown(found.since()));
            error(json, found.error()).ascii('}');
            separator = ",";
        }
        return json.ascii("]}");
    }

    /** @throws RequestException 404 where there is none of that id */
    JsonBuffer one(String id) {
        PeerSnapshot peer = mesh.shown(id);
        if (peer == null) {
            throw new RequestException(ErrorCode.PEER_UNKNOWN);
        }
        JsonBuffer json = new JsonBuffer(512);
        append(json, peer);
        return json;
    }

    private void append(JsonBuffer json, PeerSnapshot peer) {
        List<String> addresses = peer.member().record() == null
                ? List.of()
                : peer.member().record().addresses();
        json.ascii("{\"id\":").string(peer.member().id());
        json.ascii(",\"url\":").string(addresses.isEmpty() ? "" : addresses.getFirst());
        PeerOptions.append(json.ascii(",\"addresses\":"), addresses);
        PeerLink link = peer.link();
        if (link != null) {
            Status status = link.status();
            json.ascii(",\"state\":").string(status.state().word());
            json.ascii(",\"since\":").string(shown(status.since()));
            error(json, status.error());
            append(json, link.databases().progress());
        }
        json.ascii(",\"paused\":").bool(peer.options().paused());
        List<String> patterns = peer.options().databases();
        PeerOptions.append(
                json.ascii(",\"databases\":"),
                patterns == null ? mesh.settings().get(MeshSettings.PEER_DATABASES) : patterns);
        json.ascii('}');
    }

    private static void append(JsonBuffer json, Progress progress) {
        json.ascii(",\"replicated\":").number(progress.count());
        json.ascii(",\"lag\":{");
        String separator = "";
        for (Map.Entry<String, Long> one : progress.lag().entrySet()) {
            json.ascii(separator).string(one.getKey()).ascii(':').number(one.getValue());
            separator = ",";
        }
        json.ascii("},\"errors\":{");
        separator = "";
        for (Map.Entry<String, String> one : progress.errors().entrySet()) {
            json.ascii(separator).string(one.getKey()).ascii(':').string(one.getValue());
            separator = ",";
        }
        json.ascii('}');
        PeerOptions.append(json.ascii(",\"deleted_here\":"), progress.deletedHere());
    }

    private static JsonBuffer error(JsonBuffer json, @Nullable String error) {
        return json.ascii(",\"last_error\":").stringOrNull(error);
    }

    private static String shown(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
