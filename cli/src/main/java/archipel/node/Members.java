package archipel.node;

import archipel.document.JsonBuffer;
import archipel.json.JsonSlice;
import archipel.node.NodeConnection.Answer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The members of the ensemble that a running node belongs to. All throw {@link NodeFailure}. */
public final class Members {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PATH = "/_ensemble";

    private final NodeConnection node;

    public Members(NodeConnection node) {
        this.node = node;
    }

    /**
     * A member as the node sees it.
     *
     * @param json as the node shows it
     * @param lag how many commands it is behind in all groups; -1 where that is not known
     */
    public record Member(JsonSlice json, long lag) {
        public String text(String name) {
            return json.text(name);
        }

        public boolean isReachable() {
            JsonSlice reachable = json.member("reachable");
            return reachable != null && reachable.isTrue();
        }

        /** What is wrong with its data, such as {@code diverged}; empty where nothing is. */
        public String finding() {
            String worst = "";
            for (JsonSlice finding : KeyValueStore.elements(json, "findings")) {
                String state = finding.text("state");
                worst = worst.isEmpty() || state.equals("diverged") ? state : worst;
            }
            return worst;
        }

        /** What it says of its health, as {@code _up} calls it, but for what {@link #finding} tells. */
        public List<String> problems() {
            return KeyValueStore.elements(json, "problems").stream()
                    .map(JsonSlice::string)
                    .filter(problem -> !problem.startsWith("diverge"))
                    .toList();
        }

        /** How many groups it leads. */
        public String leads() {
            JsonSlice leads = json.member("leads");
            return leads == null ? "0" : leads.toString();
        }
    }

    /**
     * How the ensemble stands.
     *
     * @param state as the node has it
     * @param problem why it cannot begin; empty where nothing is wrong
     * @param groups how many there are
     */
    public record Status(JsonSlice json, String state, String problem, List<Member> members, int groups) {
        /** Whether the members of all groups are as they are to be. */
        public boolean isSettled() {
            JsonSlice settled = json.member("settled");
            return settled != null && settled.isTrue();
        }

        private @Nullable Member find(String name) {
            return members.stream()
                    .filter(member -> member.text("name").equals(name))
                    .findFirst()
                    .orElse(null);
        }

        public boolean isKnown(String name) {
            return find(name) != null;
        }

        /** Of a member, as the node has it; empty where there is none of that name. */
        public String state(String name) {
            Member member = find(name);
            return member == null ? "" : member.text("state");
        }

        public boolean isReachable(String name) {
            Member member = find(name);
            return member != null && member.isReachable();
        }

        /** In how many groups a member has a vote. */
        public int votes(String name) {
            int votes = 0;
            for (JsonSlice group : KeyValueStore.elements(json, "groups")) {
                for (JsonSlice voter : KeyValueStore.elements(group, "voters")) {
                    votes += voter.string().equals(name) ? 1 : 0;
                }
            }
            return votes;
        }

        /** How many groups a member leads. */
        public int led(String name) {
            int led = 0;
            for (JsonSlice group : KeyValueStore.elements(json, "groups")) {
                led += group.text("leader").equals(name) ? 1 : 0;
            }
            return led;
        }

        /** @param number of the group, as the node shows it */
        public boolean leads(String name, String number) {
            for (JsonSlice group : KeyValueStore.elements(json, "groups")) {
                JsonSlice known = group.member("group");
                if (known != null && known.toString().equals(number)) {
                    return group.text("leader").equals(name);
                }
            }
            return false;
        }

        /** Images that the node sends or receives. */
        public List<JsonSlice> images() {
            return KeyValueStore.elements(json, "images");
        }
    }

    public Status status() {
        JsonSlice json = ask("GET", PATH, null);
        List<JsonSlice> groups = KeyValueStore.elements(json, "groups");
        List<Member> members = new ArrayList<>();
        for (JsonSlice one : KeyValueStore.elements(json, "members")) {
            members.add(new Member(one, lag(groups, one.text("name"))));
        }
        return new Status(json, json.text("state"), json.text("problem"), members, groups.size());
    }

    private static long lag(List<JsonSlice> groups, String name) {
        long sum = -1;
        for (JsonSlice group : groups) {
            JsonSlice all = group.member("members");
            JsonSlice one = all == null ? null : all.members().get(name);
            JsonSlice lag = one == null ? null : one.member("lag");
            if (lag != null) {
                sum = Math.max(0, sum) + Long.parseLong(lag.toString());
            }
        }
        return sum;
    }

    /**
     * What came of a change: whether anything has changed.
     *
     * @param json as the node has answered
     */
    public record Change(JsonSlice json) {
        public boolean isChanged() {
            JsonSlice changed = json.member("changed");
            return changed != null && changed.isTrue();
        }
    }

    /** Adds a member. @param body as {@code POST /_ensemble/members} takes it */
    public Change add(byte[] body) {
        return new Change(ask("POST", PATH + "/members", body));
    }

    public Change remove(String name, boolean force) {
        return new Change(ask("DELETE", PATH + "/members/" + encoded(name) + (force ? "?force=true" : ""), null));
    }

    public Change promote(String name) {
        return new Change(ask(
                "PUT", PATH + "/members/" + encoded(name), "{\"observer\":false}".getBytes(StandardCharsets.US_ASCII)));
    }

    /** Which groups the node rebuilds, or not any more, as it has answered. */
    public record Rebuilt(JsonSlice json) {
        public List<String> groups() {
            return KeyValueStore.elements(json, "groups").stream()
                    .map(JsonSlice::toString)
                    .toList();
        }
    }

    /**
     * Has the node rebuild a group, or those that differ where it is empty.
     *
     * @param cancel gives that up instead; all that are rebuilt where the group is empty
     */
    public Rebuilt rebuild(String group, boolean cancel) {
        JsonBuffer body = new JsonBuffer().ascii("{\"cancel\":").bool(cancel);
        if (!group.isEmpty()) {
            body.ascii(",\"group\":").number(Long.parseLong(group));
        }
        return new Rebuilt(ask("POST", PATH + "/rebuild", body.ascii('}').toByteArray()));
    }

    /** @param group empty for all */
    public Change transfer(String name, String group) {
        JsonBuffer body = new JsonBuffer().ascii("{\"to\":").string(name);
        if (!group.isEmpty()) {
            body.ascii(",\"group\":").number(Long.parseLong(group));
        }
        return new Change(ask("POST", PATH + "/transfer", body.ascii('}').toByteArray()));
    }

    private static String encoded(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private JsonSlice ask(String method, String path, byte @Nullable [] body) {
        try (Answer answer = node.send(method, path, body, PATIENCE)) {
            JsonSlice json = answer.json();
            if (answer.status() / 100 == 2) {
                return json;
            }
            throw refused(node, answer, json);
        }
    }

    /** What an answer with an error is for who has asked. */
    static NodeFailure refused(NodeConnection node, Answer answer, JsonSlice json) {
        String reason = json.text("reason");
        return answer.status() == 401
                ? node.unauthorized(reason)
                : new NodeFailure(
                        answer.status(),
                        reason,
                        node.url() + " refused the request (" + answer.status() + "): " + reason);
    }
}
