package archipel.ensemble;

import archipel.consensus.Consensus;
import archipel.consensus.Membership;
import archipel.consensus.Standing;
import archipel.document.JsonBuffer;
import archipel.raft.ImageProgress;
import archipel.storage.CatalogKeys;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How an ensemble stands, as one of its members knows it. The leader of the ensemble is that of the system group, which
 * knows the databases; each other group has a leader of its own.
 */
final class EnsembleStatus {
    private final String ensemble;
    private final MemberDirectory directory;
    private final ReplicatedLog log;
    private final String problem;
    private final boolean settled;
    private final Map<String, Greeting> known;
    private final SortedMap<Integer, Standing> standings = new TreeMap<>();

    /** How the ensemble stands as a whole. The label is a part of the interface. */
    enum State {
        OK,
        NO_LEADER,
        FORMING,
        REMOVED;

        String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    /** How far a member is one. The label is a part of the interface. */
    enum MemberState {
        FORMING,
        JOINING,
        MEMBER,
        LEAVING,
        REMOVED;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** @param problem why the ensemble cannot begin; empty where nothing is wrong */
    EnsembleStatus(
            String ensemble,
            MemberDirectory directory,
            Meeting meeting,
            ReplicatedLog log,
            Greeting own,
            String problem,
            boolean settled) {
        this.problem = problem;
        this.settled = settled;
        this.ensemble = ensemble;
        this.directory = directory;
        this.log = log;
        this.known = new HashMap<>(meeting.heard());
        known.put(directory.own(), own);
        for (ReplicatedGroup group : log.groups()) {
            Consensus consensus = group.consensus();
            if (consensus != null) {
                standings.put(group.number(), consensus.standing());
            }
        }
    }

    private @Nullable String leader(int group) {
        Standing standing = standings.get(group);
        return standing == null ? null : standing.leader();
    }

    void appendTo(JsonBuffer json) {
        json.ascii("{\"ensemble\":").string(ensemble);
        json.ascii(",\"name\":").string(directory.own());
        json.ascii(",\"state\":").string(state().label());
        if (!problem.isEmpty()) {
            json.ascii(",\"problem\":").string(problem);
        }
        json.ascii(",\"settled\":").bool(settled && directory.roster().version() > 0);
        json.ascii(",\"leader\":");
        String leader = leader(CatalogKeys.SYSTEM_GROUP);
        MemberInfo leading = leader == null ? null : directory.find(leader);
        if (leading == null) {
            json.ascii("null");
        } else {
            json.string(leading.url());
        }
        json.ascii(",\"members\":[");
        String separator = "";
        for (MemberInfo member : directory.members()) {
            append(json.ascii(separator), member);
            separator = ",";
        }
        json.ascii("],\"groups\":[");
        separator = "";
        for (ReplicatedGroup group : log.groups()) {
            append(json.ascii(separator), group);
            separator = ",";
        }
        json.ascii("],\"images\":[");
        separator = "";
        for (ImageProgress image : log.images()) {
            append(json.ascii(separator), image);
            separator = ",";
        }
        json.ascii("]}");
    }

    private static void append(JsonBuffer json, ImageProgress image) {
        json.ascii("{\"group\":").number(image.group());
        json.ascii(",\"from\":").string(image.from());
        json.ascii(",\"to\":").string(image.to());
        json.ascii(",\"state\":").string(image.state().name().toLowerCase(Locale.ROOT));
        json.ascii(",\"bytes\":").number(image.bytes());
        if (image.expected() > 0) {
            json.ascii(",\"expected\":").number(image.expected());
        }
        json.ascii('}');
    }

    // Of the ensemble as a whole, as this member sees it.
    private State state() {
        if (directory.isRemoved()) {
            return State.REMOVED;
        }
        if (standings.isEmpty()) {
            return State.FORMING;
        }
        boolean all = standings.size() == log.groups().size();
        return all && standings.values().stream().allMatch(standing -> standing.leader() != null)
                ? State.OK
                : State.NO_LEADER;
    }

    private void append(JsonBuffer json, MemberInfo member) {
        Greeting greeting = known.get(member.name());
        json.ascii("{\"name\":").string(member.name());
        json.ascii(",\"url\":").string(member.url());
        json.ascii(",\"address\":").string(member.address().place());
        json.ascii(",\"role\":").string(role(member));
        json.ascii(",\"state\":").string(state(member).label());
        json.ascii(",\"reachable\":").ascii(Boolean.toString(greeting != null));
        json.ascii(",\"health\":").string(health(greeting));
        json.ascii(",\"leads\":").number(led(member.name()));
        if (greeting != null) {
            json.ascii(",\"up_ms\":").number(greeting.upMs());
            json.ascii(",\"version\":").string(greeting.version());
            json.ascii(",\"format\":").number(greeting.format());
            MemberFile.appendNames(json.ascii(",\"problems\":"), greeting.problems());
            Greeting.appendFindings(json.ascii(",\"findings\":"), greeting.findings());
            append(json.ascii(",\"coordination\":"), greeting.coordination(), member);
        }
        if (member.fingerprint() != null) {
            json.ascii(",\"id\":").string(member.fingerprint());
        }
        json.ascii('}');
    }

    // Its group is the system group.
    private void append(JsonBuffer json, Greeting.Coordination coordination, MemberInfo member) {
        if (coordination.address().isEmpty()) {
            json.ascii("null");
            return;
        }
        json.ascii("{\"address\":").string(coordination.address());
        json.ascii(",\"tls\":").bool(coordination.tls());
        json.ascii(",\"role\":").string(role(member)).ascii('}');
    }

    private static String health(@Nullable Greeting greeting) {
        return greeting == null ? "unknown" : greeting.problems().isEmpty() ? "ok" : "impaired";
    }

    private MemberState state(MemberInfo member) {
        Roster roster = directory.roster();
        Roster.Entry entry = roster.find(member.name());
        if (entry == null) {
            return roster.version() == 0 ? MemberState.FORMING : MemberState.REMOVED;
        } else if (entry.leaving()) {
            return MemberState.LEAVING;
        }
        return isUnderWay(roster, member.name(), log, settled) ? MemberState.JOINING : MemberState.MEMBER;
    }

    /**
     * Whether a member is not in every group yet what it is to be.
     *
     * @param settled whether all are, as the groups' leaders say; otherwise it is seen by the groups here
     */
    static boolean isUnderWay(Roster roster, String name, ReplicatedLog log, boolean settled) {
        if (settled) {
            return false;
        }
        for (ReplicatedGroup group : log.groups()) {
            Consensus consensus = group.consensus();
            if (consensus != null) {
                Membership members = consensus.standing().membership();
                if (members.voters().contains(name) != roster.wanted().voters().contains(name)
                        || members.observers().contains(name)
                                != roster.wanted().observers().contains(name)) {
                    return true;
                }
            }
        }
        return false;
    }

    private String role(MemberInfo member) {
        if (member.observer()) {
            return "observer";
        }
        return member.name().equals(leader(CatalogKeys.SYSTEM_GROUP)) ? "leader" : "follower";
    }

    private long led(String member) {
        return standings.values().stream()
                .filter(standing -> Objects.equals(standing.leader(), member))
                .count();
    }

    private void append(JsonBuffer json, ReplicatedGroup group) {
        Standing standing = standings.get(group.number());
        json.ascii("{\"group\":").number(group.number());
        if (standing == null) {
            json.ascii(",\"role\":")
                    .string(group.isStopped() ? "stopped" : "waiting")
                    .ascii('}');
            return;
        }
        json.ascii(",\"role\":").string(standing.role().name().toLowerCase(Locale.ROOT));
        json.ascii(",\"leader\":");
        String leader = standing.leader();
        if (leader == null) {
            json.ascii("null");
        } else {
            json.string(leader);
        }
        json.ascii(",\"format\":").number(group.codec().format().number());
        json.ascii(",\"term\":").number(standing.term());
        json.ascii(",\"committed\":").number(standing.committed());
        json.ascii(",\"applied\":").number(standing.applied());
        json.ascii(",\"last\":").number(standing.last());
        json.ascii(",\"waiting\":").number(group.outbox().size());
        append(json, ",\"voters\":[", List.copyOf(standing.membership().voters()));
        append(json, ",\"observers\":[", List.copyOf(standing.membership().observers()));
        json.ascii(",\"members\":{");
        String separator = "";
        for (Map.Entry<String, Greeting> one : new TreeMap<>(known).entrySet()) {
            Long applied = one.getValue().applied().get(group.number());
            if (applied != null) {
                json.ascii(separator)
                        .string(one.getKey())
                        .ascii(":{\"applied\":")
                        .number(applied);
                json.ascii(",\"lag\":")
                        .number(Math.max(0, newest(group.number()) - applied))
                        .ascii('}');
                separator = ",";
            }
        }
        json.ascii("}}");
    }

    private static void append(JsonBuffer json, String name, List<String> members) {
        json.ascii(name);
        String separator = "";
        for (String member : members) {
            json.ascii(separator).string(member);
            separator = ",";
        }
        json.ascii(']');
    }

    // Members tell of what they have applied only now and then.
    private long newest(int group) {
        return known.values().stream()
                .mapToLong(greeting -> greeting.applied().getOrDefault(group, 0L))
                .max()
                .orElse(0);
    }
}
