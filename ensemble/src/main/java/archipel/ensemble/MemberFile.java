package archipel.ensemble;

import archipel.consensus.Membership;
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
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What makes a node the member of an ensemble that it is, in a file that only its owner can read. It is the node's
 * alone and part of no backup, as its key is. For one thread at a time.
 */
final class MemberFile {
    private static final String ENSEMBLE_LABEL = "ensemble id";
    private static final int ID_BYTES = 8;
    /** Of groups whose members are learned from whoever leads them. */
    static final Membership NOBODY = new Membership(new TreeSet<>(), new TreeSet<>());

    private final Path file;
    private String name = "";
    private long origin;
    private long run;
    private boolean formed;
    private Membership initial = NOBODY;
    private int groups;
    private long roster;
    private boolean founder;
    private boolean forced;
    private boolean removed;
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
            read.initial = new Membership(names(json.path("voters")), names(json.path("observers")));
            read.groups = json.path("groups").asInt(0);
            read.roster = json.path("roster").asLong(0);
            read.founder = json.path("founder").asBoolean(false);
            read.forced = json.path("forced").asBoolean(false);
            read.removed = json.path("removed").asBoolean(false);
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

    static TreeSet<String> names(JsonNode array) {
        TreeSet<String> names = new TreeSet<>();
        array.forEach(name -> names.add(name.asString("")));
        return names;
    }

    static void appendNames(JsonBuffer json, Iterable<String> names) {
        json.ascii('[');
        String separator = "";
        for (String name : names) {
            json.ascii(separator).string(name);
            separator = ",";
        }
        json.ascii(']');
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
        appendNames(json.ascii(",\"voters\":"), initial.voters());
        appendNames(json.ascii(",\"observers\":"), initial.observers());
        json.ascii(",\"groups\":").number(groups);
        json.ascii(",\"roster\":").number(roster);
        json.ascii(",\"founder\":").bool(founder);
        json.ascii(",\"forced\":").bool(forced);
        json.ascii(",\"removed\":").bool(removed);
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

    /**
     * Makes a change and stores it, or neither. Where it changes nothing nothing is written.
     *
     * @throws IOException where it cannot be stored
     */
    void change(Runnable change) throws IOException {
        Changing before = changing();
        boolean stored = false;
        try {
            change.run();
            if (!changing().equals(before)) {
                save();
            }
            stored = true;
        } finally {
            if (!stored) {
                restore(before);
            }
        }
    }

    private Changing changing() {
        return new Changing(formed, initial, groups, roster, founder, forced, removed, new TreeMap<>(members));
    }

    private void restore(Changing before) {
        formed = before.formed();
        initial = before.initial();
        groups = before.groups();
        roster = before.roster();
        founder = before.founder();
        forced = before.forced();
        removed = before.removed();
        members.clear();
        members.putAll(before.members());
    }

    /** What changes while a node runs. */
    private record Changing(
            boolean formed,
            Membership initial,
            int groups,
            long roster,
            boolean founder,
            boolean forced,
            boolean removed,
            SortedMap<String, MemberInfo> members) {}

    /** Begins a run of the node, which no other has had. */
    void beginRun() throws IOException {
        run++;
        save();
    }

    String name() {
        return name;
    }

    /** From the next start on its commands are those of another node: the others forget what it has sent. */
    void setOrigin(long other) {
        origin = other;
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
        return ensemble(secret());
    }

    /** What an ensemble with that secret is called. */
    static String ensemble(MemberSecret common) {
        byte[] id = common.key(ENSEMBLE_LABEL);
        return java.util.HexFormat.of().formatHex(id, 0, ID_BYTES);
    }

    /** Whether its groups have begun. */
    boolean isFormed() {
        return formed;
    }

    /**
     * Its groups begin.
     *
     * @param members of the groups as they begin; where this one is not among them it learns from others who are
     * @param dataGroups how many hold databases, from here on
     * @param isFounder whether the data of this node is what they begin with
     */
    void form(Membership members, int dataGroups, boolean isFounder) {
        formed = true;
        initial = members;
        groups = dataGroups;
        founder = isFounder;
    }

    /** Of the groups as they began. */
    Membership initial() {
        return initial;
    }

    /** How many groups hold databases; 0 where the ensemble has not begun. */
    int groups() {
        return groups;
    }

    /** Version of the newest {@link Roster} that the members here are of; 0 before the first. */
    long roster() {
        return roster;
    }

    void setRoster(long version) {
        roster = version;
    }

    /** Whether the members here are to be agreed upon, whatever the node's data says. */
    boolean isFounder() {
        return founder;
    }

    /** Whether this node is to be the only member of all groups, without asking the others. */
    boolean isForced() {
        return forced;
    }

    void setForced(boolean whether) {
        forced = whether;
        founder = whether;
    }

    /** Whether it was a member and is none any more. */
    boolean isRemoved() {
        return removed;
    }

    void setRemoved(boolean whether) {
        removed = whether;
    }

    SortedMap<String, MemberInfo> members() {
        return members;
    }
}
