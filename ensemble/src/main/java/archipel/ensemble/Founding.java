package archipel.ensemble;

import archipel.consensus.Membership;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How the groups of an ensemble begin, by what its members have said of themselves. Each member decides for itself, and
 * all come to the same:
 *
 * <ul>
 *   <li>Where one has begun, the others begin as it did: as one of the first members, or as one that was added later.
 *   <li>Where all have met and one of them has data, it begins alone, and the others are added to it. So nobody without
 *       the data can be elected before it has all of it.
 *   <li>Where all have met and none has data, all of them begin.
 * </ul>
 *
 * @param members of the groups as they begin. Where this one is not among them it learns from others who they are
 * @param founder whether this member's data is what the ensemble begins with
 * @param problem why it cannot begin; empty where nothing is wrong
 */
record Founding(@Nullable Membership members, int groups, boolean founder, String problem) {
    private static final Founding NOT_YET = new Founding(null, 0, false, "");

    private static Founding problem(String text) {
        return new Founding(null, 0, false, text);
    }

    /**
     * @param complete whether all members have been met
     * @param unmet those whose keys are unknown here, though others tell the keys of those that they have met
     * @param members as they are given
     */
    static Founding of(
            String own,
            Greeting mine,
            Map<String, Greeting> heard,
            boolean complete,
            Set<String> unmet,
            Membership members) {
        for (Greeting other : heard.values()) {
            if (other.beginning().formed()) {
                return like(own, mine, heard, unmet);
            }
        }
        if (!complete) {
            return NOT_YET;
        }
        Map<String, Greeting> all = new TreeMap<>(heard);
        all.put(own, mine);
        List<String> withData = new ArrayList<>();
        for (Map.Entry<String, Greeting> one : all.entrySet()) {
            if (one.getValue().beginning().groups() != mine.beginning().groups()) {
                return problem("ensemble_groups is " + mine.beginning().groups() + " here and "
                        + one.getValue().beginning().groups() + " on member " + one.getKey()
                        + ": give all members the same");
            }
            if (one.getValue().beginning().data()) {
                withData.add(one.getKey());
            }
        }
        if (members.voters().isEmpty()) {
            return problem("all members are observers: one at least has to have a vote");
        }
        int groups = mine.beginning().groups();
        if (withData.isEmpty()) {
            return new Founding(members, groups, false, "");
        }
        if (withData.size() > 1) {
            return problem("members " + String.join(" and ", withData) + " have data of their own: begin with one of"
                    + " them and empty data directories on the others, and replicate what the others have into it");
        }
        String founder = withData.getFirst();
        if (members.observers().contains(founder)) {
            return problem("member " + founder + " has the data that the ensemble begins with, and cannot be an"
                    + " observer");
        }
        Membership alone = new Membership(new TreeSet<>(List.of(founder)), new TreeSet<>());
        return new Founding(alone, groups, founder.equals(own), "");
    }

    private static Founding like(String own, Greeting mine, Map<String, Greeting> heard, Set<String> unmet) {
        Membership initial = MemberFile.NOBODY;
        int groups = 0;
        for (Greeting other : heard.values()) {
            if (other.beginning().formed()) {
                groups = other.beginning().groups();
                if (!other.beginning().initial().voters().isEmpty()) {
                    initial = other.beginning().initial();
                }
            }
        }
        // Who comes with an empty disk under the name of a first member would be taken for that otherwise, and vote
        // again.
        if (!Collections.disjoint(unmet, initial.voters()) || !Collections.disjoint(unmet, initial.observers())) {
            return NOT_YET;
        }
        // With its data alone where others have seen that it has some.
        boolean founder = mine.beginning().data();
        if (founder && !initial.voters().equals(new TreeSet<>(List.of(own)))) {
            return problem("the ensemble has begun without the data that is here: start this node with an empty data"
                    + " directory, and replicate what it has into the ensemble");
        }
        if (groups != mine.beginning().groups()) {
            return problem("the ensemble has " + groups + " groups: start this node with ensemble_groups set to that");
        }
        return new Founding(initial, groups, founder, "");
    }
}
