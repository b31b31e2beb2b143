package archipel.ensemble;

import archipel.document.JsonBuffer;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.settings.OwnerFile;
import archipel.transport.MemberSecret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What makes a node the member of an ensemble that it is, in a file that only its owner can read. It is the node's alone
 * and part of no backup, as its key is. For one thread at a time.
 */
final class MemberFile {
    private static final String ENSEMBLE_LABEL = "ensemble id";
    private static final int ID_BYTES = 8;

    private final Path file;
    private String name = "";
    private long origin;
    private long run;
    private boolean formed;
    private @Nullable MemberSecret secret;
    private final SortedMap<String, MemberInfo> members = new TreeMap<>();

    private MemberFile(Path file) {
        this.file = file;
    }

    /** Whether the node of a data directory has ever been a member. */
    static boolean exists(Path file) {
        return Files.exists(file);
    }

    /** @throws IOException where it cannot be read */
    static MemberFile read(Path file) throws IOException {
        MemberFile read = new MemberFile(file);
        try {
            JsonNode json = JsonTree.parse(Files.readString(file, StandardCharsets.UTF_8), JsonLimits.DEFAULT);
            read.name = json.path("name").asString("");
            read.origin = Long.parseUnsignedLong(json.path("origin").asString(""), 16);
            read.run = json.path("run").asLong(0);
            read.formed = json.path("formed").asBoolean(false);
            read.secret = MemberSecret.ofBytes(
                    Base64.getDecoder().decode(json.path("secret").asString("")));
            for (JsonNode one : json.path("members")) {
                MemberInfo member = MemberInfo.parse(one);
                read.members.put(member.name(), member);
            }
        } catch (RequestException | IllegalArgumentException e) {
            throw new IOException(file + " is damaged: " + e.getMessage(), e);
        }
        return read;
    }

    /** A node that becomes a member; nothing is written before {@link #save}. */
    static MemberFile make(Path file, String name, long origin, MemberSecret secret) {
        MemberFile made = new MemberFile(file);
        made.name = name;
        made.origin = origin;
        made.secret = secret;
        return made;
    }

    void save() throws IOException {
        JsonBuffer json = new JsonBuffer(1024).ascii("{\"name\":").string(name);
        json.ascii(",\"origin\":").string(Long.toHexString(origin));
        json.ascii(",\"run\":").number(run);
        json.ascii(",\"formed\":").ascii(Boolean.toString(formed));
        json.ascii(",\"secret\":").string(Base64.getEncoder().encodeToString(secret().bytes()));
        json.ascii(",\"members\":[");
        String separator = "\n";
        for (MemberInfo member : members.values()) {
            member.appendTo(json.ascii(separator));
            separator = ",\n";
        }
        json.ascii("]}\n");
        OwnerFile.replace(file, new String(json.toByteArray(), StandardCharsets.UTF_8));
    }

    /** Begins a run of the node, which no other has had. */
    void beginRun() throws IOException {
        run++;
        save();
    }

    String name() {
        return name;
    }

    Origin origin() {
        return new Origin(origin, run);
    }

    MemberSecret secret() {
        MemberSecret known = secret;
        if (known == null) {
            throw new IllegalStateException("a member without a secret");
        }
        return known;
    }

    /** Of all that have the secret. */
    String ensemble() {
        byte[] id = secret().key(ENSEMBLE_LABEL);
        return java.util.HexFormat.of().formatHex(id, 0, ID_BYTES);
    }

    /** Whether its members have met once, so that its groups have begun. */
    boolean isFormed() {
        return formed;
    }

    void form() {
        formed = true;
    }

    SortedMap<String, MemberInfo> members() {
        return members;
    }
}
