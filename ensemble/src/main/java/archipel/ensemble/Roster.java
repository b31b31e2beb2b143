package archipel.ensemble;

import archipel.consensus.Membership;
import archipel.document.JsonBuffer;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The members as they were agreed upon: who they are to be, which each group is brought to by whoever leads it. A fact
 * of the system group, so that a change of the members survives whoever has begun it.
 *
 * @param version greater with each change, from 1
 * @param members by name, those included that are about to go
 * @param former origins whose members are gone, and of which groups still remember what they have sent
 */
record Roster(long version, SortedMap<String, Entry> members, List<Long> former) {
    /** Where it is among the facts. */
    static final String FACT = "ensemble/members";

    /** Before there was one. */
    static final Roster NONE = new Roster(0, new TreeMap<>(), List.of());

    Roster {
        members = new TreeMap<>(members);
        former = List.copyOf(former);
    }

    /**
     * A member.
     *
     * @param fingerprint of its key
     * @param observer whether it follows without a vote
     * @param origin of its commands; 0 where it was never met
     * @param leaving whether it is to be in no group any more
     */
    record Entry(MemberAddress address, String fingerprint, boolean observer, long origin, boolean leaving) {
        String name() {
            return address.name();
        }

        Entry with(MemberAddress newer) {
            return new Entry(newer, fingerprint, observer, origin, leaving);
        }

        Entry withObserver(boolean whether) {
            return new Entry(address, fingerprint, whether, origin, leaving);
        }

        Entry withOrigin(long met) {
            return new Entry(address, fingerprint, observer, met, leaving);
        }

        Entry asLeaving() {
            return new Entry(address, fingerprint, observer, origin, true);
        }
    }

    /** @throws IllegalArgumentException for what is none */
    static Roster parse(String text) {
        try {
            return parse(JsonTree.parse(text, JsonLimits.DEFAULT));
        } catch (RequestException e) {
            throw new IllegalArgumentException("a list of members that is not JSON", e);
        }
    }

    /** @throws IllegalArgumentException for what is none */
    static Roster parse(JsonNode json) {
        SortedMap<String, Entry> members = new TreeMap<>();
        for (JsonNode one : json.path("members")) {
            Entry entry = new Entry(
                    MemberAddress.of(
                            one.path("name").asString(""), one.path("address").asString("")),
                    one.path("key").asString(""),
                    one.path("observer").asBoolean(false),
                    Long.parseUnsignedLong(one.path("origin").asString("0"), 16),
                    one.path("leaving").asBoolean(false));
            members.put(entry.name(), entry);
        }
        List<Long> former = new ArrayList<>();
        json.path("former").forEach(origin -> former.add(Long.parseUnsignedLong(origin.asString(""), 16)));
        return new Roster(json.path("version").asLong(0), members, former);
    }

    void appendTo(JsonBuffer json) {
        json.ascii("{\"version\":").number(version).ascii(",\"members\":[");
        String separator = "";
        for (Entry entry : members.values()) {
            json.ascii(separator).ascii("{\"name\":").string(entry.name());
            json.ascii(",\"address\":").string(entry.address.place());
            json.ascii(",\"key\":").string(entry.fingerprint);
            json.ascii(",\"observer\":").bool(entry.observer);
            json.ascii(",\"origin\":").string(Long.toHexString(entry.origin));
            json.ascii(",\"leaving\":").bool(entry.leaving).ascii('}');
            separator = ",";
        }
        json.ascii("],\"former\":[");
        separator = "";
        for (long origin : former) {
            json.ascii(separator).string(Long.toHexString(origin));
            separator = ",";
        }
        json.ascii("]}");
    }

    @Override
    public String toString() {
        JsonBuffer json = new JsonBuffer(512);
        appendTo(json);
        return new String(json.toByteArray(), StandardCharsets.UTF_8);
    }

    /** Null where there is none of that name. */
    @Nullable
    Entry find(String name) {
        return members.get(name);
    }

    /** Who are to be a group's members. */
    Membership wanted() {
        SortedSet<String> voters = new TreeSet<>();
        SortedSet<String> observers = new TreeSet<>();
        for (Entry entry : members.values()) {
            if (!entry.leaving) {
                (entry.observer ? observers : voters).add(entry.name());
            }
        }
        return new Membership(voters, observers);
    }

    /** The next version, with that member as it is there. What its origin has sent counts again. */
    Roster with(Entry entry) {
        SortedMap<String, Entry> changed = new TreeMap<>(members);
        changed.put(entry.name(), entry);
        return new Roster(
                version + 1,
                changed,
                former.stream().filter(origin -> origin != entry.origin).toList());
    }

    /** The next version, without the member of that name. */
    Roster without(String name) {
        SortedMap<String, Entry> changed = new TreeMap<>(members);
        Entry gone = changed.remove(name);
        List<Long> origins = new ArrayList<>(former);
        if (gone != null && gone.origin != 0) {
            origins.add(gone.origin);
        }
        return new Roster(version + 1, changed, origins);
    }

    /** The next version, in which no group remembers an origin any more. */
    Roster withoutFormer(List<Long> forgotten) {
        List<Long> left = new ArrayList<>(former);
        left.removeAll(forgotten);
        return new Roster(version + 1, members, left);
    }

    Roster withVersion(long other) {
        return new Roster(other, members, former);
    }
}
