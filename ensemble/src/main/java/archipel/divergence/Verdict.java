package archipel.divergence;

import archipel.consensus.Membership;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What follows for one member from what all have at a point. It judges itself alone, and all come to the same.
 *
 * @param others who have something else, or, where this member differs, who have what most have
 */
record Verdict(Kind kind, SortedSet<String> others) {
    /** What a member is. */
    enum Kind {
        /** It has what most have, or nobody has anything else. */
        SOUND,
        /** A majority of the votes has the same, and this member has something else. */
        DIVERGED,
        /** Somebody has something else, and no majority has the same. */
        UNDECIDED
    }

    /**
     * @param values of those that have answered, this member included. Members without a vote do not count to a
     *     majority
     */
    static Verdict of(String own, Map<String, Value> values, Membership members) {
        Value mine = values.getOrDefault(own, Value.UNKNOWN);
        Map<Value, Integer> votes = new HashMap<>();
        values.forEach((member, value) -> {
            if (value.isKnown() && members.voters().contains(member)) {
                votes.merge(value, 1, Integer::sum);
            }
        });
        for (Map.Entry<Value, Integer> one : votes.entrySet()) {
            if (one.getValue() >= members.quorum() && mine.differs(one.getKey())) {
                SortedSet<String> majority = new TreeSet<>();
                values.forEach((member, value) -> {
                    if (value.equals(one.getKey())) {
                        majority.add(member);
                    }
                });
                return new Verdict(Kind.DIVERGED, majority);
            }
        }
        SortedSet<String> differing = new TreeSet<>();
        values.forEach((member, value) -> {
            if (value.differs(mine)) {
                differing.add(member);
            }
        });
        boolean most = votes.getOrDefault(mine, 0) >= members.quorum();
        return new Verdict(differing.isEmpty() || most ? Kind.SOUND : Kind.UNDECIDED, differing);
    }
}
