package archipel.ensemble;

import archipel.consensus.Membership;
import archipel.divergence.Finding;
import archipel.document.JsonBuffer;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * What a member says of itself.
 *
 * @param url where clients reach it; empty where it does not know yet
 * @param address {@code HOST:PORT}, where members reach it
 * @param observer whether it wants no vote, of one whose ensemble has not begun
 * @param upMs for how long it has been up
 * @param version of its program
 * @param format the newest that its program knows
 * @param applied up to which index it has applied each group, by the group's number
 * @param origin of its commands
 * @param beginning how its ensemble has begun, or can
 * @param roster version of the newest {@link Roster} that it knows
 * @param settled by which version of it the members of each group are that it leads, by the group's number
 * @param findings what is wrong with its groups
 * @param problems what else it has to say of its health, as {@code _up} calls it
 * @param coordination where it serves clients of ZooKeeper
 * @param news the roster, where it was asked by a member that knows an older one; empty elsewhere
 */
record Greeting(
        String url,
        String address,
        boolean observer,
        long upMs,
        String version,
        int format,
        SortedMap<Integer, Long> applied,
        long origin,
        Beginning beginning,
        long roster,
        SortedMap<Integer, Long> settled,
        List<Finding> findings,
        List<String> problems,
        Coordination coordination,
        String news) {
    /**
     * @param address {@code HOST:PORT}; empty where it does not serve them
     * @param tls whether they speak TLS
     */
    record Coordination(String address, boolean tls) {
        static final Coordination NONE = new Coordination("", false);
    }

    /**
     * @param formed whether it has begun
     * @param initial of its groups as they began; nobody where it was added later
     * @param groups how many hold databases
     * @param data whether this member has data of before, of an ensemble that has not begun
     * @param keys the fingerprints of the members that it has met
     */
    record Beginning(boolean formed, Membership initial, int groups, boolean data, SortedMap<String, String> keys) {}

    Greeting withNews(String text) {
        return new Greeting(
                url,
                address,
                observer,
                upMs,
                version,
                format,
                applied,
                origin,
                beginning,
                roster,
                settled,
                findings,
                problems,
                coordination,
                text);
    }

    byte[] encode() {
        JsonBuffer json = new JsonBuffer(1024).ascii("{\"url\":").string(url);
        json.ascii(",\"address\":").string(address);
        json.ascii(",\"observer\":").bool(observer);
        json.ascii(",\"up_ms\":").number(upMs);
        json.ascii(",\"version\":").string(version);
        json.ascii(",\"format\":").number(format);
        append(json.ascii(",\"applied\":"), applied);
        json.ascii(",\"origin\":").string(Long.toHexString(origin));
        json.ascii(",\"formed\":").bool(beginning.formed);
        MemberFile.appendNames(json.ascii(",\"voters\":"), beginning.initial.voters());
        MemberFile.appendNames(json.ascii(",\"observers\":"), beginning.initial.observers());
        json.ascii(",\"groups\":").number(beginning.groups);
        json.ascii(",\"data\":").bool(beginning.data);
        json.ascii(",\"keys\":{");
        String separator = "";
        for (Map.Entry<String, String> one : beginning.keys.entrySet()) {
            json.ascii(separator).string(one.getKey()).ascii(':').string(one.getValue());
            separator = ",";
        }
        json.ascii('}');
        json.ascii(",\"roster\":").number(roster);
        append(json.ascii(",\"settled\":"), settled);
        appendFindings(json.ascii(",\"findings\":"), findings);
        MemberFile.appendNames(json.ascii(",\"problems\":"), problems);
        json.ascii(",\"coordination\":{\"address\":").string(coordination.address());
        json.ascii(",\"tls\":").bool(coordination.tls()).ascii('}');
        return json.ascii(",\"news\":").string(news).ascii('}').toByteArray();
    }

    private static void append(JsonBuffer json, Map<Integer, Long> numbers) {
        json.ascii('{');
        String separator = "";
        for (Map.Entry<Integer, Long> one : numbers.entrySet()) {
            json.ascii(separator).string(one.getKey().toString()).ascii(':').number(one.getValue());
            separator = ",";
        }
        json.ascii('}');
    }

    static void appendFindings(JsonBuffer json, List<Finding> findings) {
        json.ascii('[');
        String separator = "";
        for (Finding finding : findings) {
            finding.appendTo(json.ascii(separator));
            separator = ",";
        }
        json.ascii(']');
    }

    private static List<String> texts(JsonNode json) {
        List<String> texts = new ArrayList<>();
        json.forEach(one -> texts.add(one.asString("")));
        return List.copyOf(texts);
    }

    private static List<Finding> findings(JsonNode json) {
        List<Finding> findings = new ArrayList<>();
        for (JsonNode one : json) {
            Finding finding = Finding.parse(one);
            if (finding != null) {
                findings.add(finding);
            }
        }
        return List.copyOf(findings);
    }

    /** @throws RuntimeException for what is none */
    static Greeting decode(ByteBuffer bytes) {
        byte[] text = new byte[bytes.remaining()];
        bytes.get(text);
        JsonNode json = JsonTree.parse(new String(text, StandardCharsets.UTF_8), JsonLimits.DEFAULT);
        return new Greeting(
                json.path("url").asString(""),
                json.path("address").asString(""),
                json.path("observer").asBoolean(false),
                json.path("up_ms").asLong(0),
                json.path("version").asString(""),
                json.path("format").asInt(0),
                numbers(json.path("applied")),
                Long.parseUnsignedLong(json.path("origin").asString("0"), 16),
                new Beginning(
                        json.path("formed").asBoolean(false),
                        new Membership(MemberFile.names(json.path("voters")), MemberFile.names(json.path("observers"))),
                        json.path("groups").asInt(0),
                        json.path("data").asBoolean(false),
                        keys(json.path("keys"))),
                json.path("roster").asLong(0),
                numbers(json.path("settled")),
                findings(json.path("findings")),
                texts(json.path("problems")),
                new Coordination(
                        json.path("coordination").path("address").asString(""),
                        json.path("coordination").path("tls").asBoolean(false)),
                json.path("news").asString(""));
    }

    private static SortedMap<String, String> keys(JsonNode json) {
        SortedMap<String, String> keys = new TreeMap<>();
        json.forEachEntry((name, key) -> keys.put(name, key.asString("")));
        return keys;
    }

    private static SortedMap<Integer, Long> numbers(JsonNode json) {
        SortedMap<Integer, Long> numbers = new TreeMap<>();
        json.forEachEntry((group, number) -> {
            if (group.matches("[0-9]{1,5}")) {
                numbers.put(Integer.valueOf(group), number.asLong(0));
            }
        });
        return numbers;
    }
}
