package archipel.mesh;

import archipel.document.JsonBuffer;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.settings.OwnerFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * What a node knows of its mesh beyond its process, in a file beside its identity. As that it is the node's alone: a
 * database of it would be replicated, and a backup that is restored elsewhere would bring another node's peers along.
 * For one thread at a time.
 */
final class MeshState {
    private final Path file;
    private final Map<String, Member> members = new TreeMap<>();
    private final Map<String, PeerOptions> options = new TreeMap<>();
    private final Invitations invitations = new Invitations();
    /** Of this node's newest record. */
    private long version;

    private MeshState(Path file) {
        this.file = file;
    }

    /** @throws IOException where the file is there and cannot be read */
    static MeshState open(Path file) throws IOException {
        MeshState state = new MeshState(file);
        if (!Files.exists(file)) {
            return state;
        }
        try {
            JsonNode json = JsonTree.parse(Files.readString(file, StandardCharsets.UTF_8), JsonLimits.DEFAULT);
            state.version = json.path("version").asLong(0);
            for (JsonNode one : json.path("members")) {
                Member member = Member.parse(one);
                state.members.put(member.id(), member);
            }
            json.path("options").forEachEntry((id, one) -> state.options.put(id, PeerOptions.parse(one)));
            state.invitations.read(json.path("invitations"));
            return state;
        } catch (RequestException | MeshViolationException e) {
            throw new IOException(file + " is damaged: " + e.getMessage(), e);
        }
    }

    void save() throws IOException {
        JsonBuffer json = new JsonBuffer(1024).ascii("{\"version\":").number(version);
        json.ascii(",\"members\":[");
        String separator = "";
        for (Member member : members.values()) {
            member.appendTo(json.ascii(separator));
            separator = ",\n";
        }
        json.ascii("],\"options\":{");
        separator = "";
        for (Map.Entry<String, PeerOptions> one : options.entrySet()) {
            json.ascii(separator).string(one.getKey()).ascii(':');
            one.getValue().appendTo(json);
            separator = ",";
        }
        invitations.appendTo(json.ascii("},\"invitations\":"));
        OwnerFile.replace(file, new String(json.ascii("}\n").toByteArray(), StandardCharsets.UTF_8));
    }

    Map<String, Member> members() {
        return members;
    }

    Map<String, PeerOptions> options() {
        return options;
    }

    Invitations invitations() {
        return invitations;
    }

    long nextVersion() {
        return ++version;
    }

    void raiseVersion(long known) {
        version = Math.max(version, known);
    }
}
