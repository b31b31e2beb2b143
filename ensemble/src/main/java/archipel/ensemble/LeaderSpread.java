package archipel.ensemble;

import archipel.consensus.Consensus;
import archipel.consensus.Standing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Spreads the groups' leaders over the members: who leads at least two groups more than another voter that answers
 * gives it one, one at a time, once nothing has changed for a while. Each member decides about what it leads itself;
 * what it leads because an admin wants it to stays there.
 */
final class LeaderSpread {
    private final Map<Integer, String> before = new TreeMap<>();
    private int calmRounds;

    /** How many rounds nothing must have changed before a group is handed over. */
    private static final int CALM = 3;

    /** A group that is to be handed over. */
    record Move(ReplicatedGroup group, String to) {}

    /**
     * @param own this member's name
     * @param upMs for how long each member that answers has been up, this one included
     * @return null where nothing is to be done in this round
     */
    @Nullable
    Move next(String own, List<ReplicatedGroup> groups, Map<String, Long> upMs) {
        Map<Integer, String> leaders = new TreeMap<>();
        Map<String, Integer> led = new HashMap<>();
        List<ReplicatedGroup> mine = new ArrayList<>();
        for (ReplicatedGroup group : groups) {
            Consensus consensus = group.consensus();
            Standing standing = consensus == null ? null : consensus.standing();
            if (standing == null || standing.leader() == null) {
                calmRounds = 0;
                return null;
            }
            leaders.put(group.number(), standing.leader());
            led.merge(standing.leader(), 1, Integer::sum);
            standing.membership().voters().forEach(voter -> led.putIfAbsent(voter, 0));
            if (standing.leader().equals(own) && !group.isKept()) {
                mine.add(group);
            }
        }
        boolean calm = leaders.equals(before);
        before.clear();
        before.putAll(leaders);
        calmRounds = calm ? calmRounds + 1 : 0;
        if (calmRounds < CALM || mine.isEmpty()) {
            return null;
        }
        String fewest = led.keySet().stream()
                .filter(upMs::containsKey)
                .min(Comparator.<String>comparingInt(voter -> led.getOrDefault(voter, 0))
                        .thenComparing(Comparator.comparing((String voter) -> upMs.getOrDefault(voter, 0L))
                                .reversed()))
                .orElse(own);
        if (fewest.equals(own) || led.getOrDefault(own, 0) < led.getOrDefault(fewest, 0) + 2) {
            return null;
        }
        calmRounds = 0;
        // The system group last: all that others do depends on it.
        return new Move(mine.getLast(), fewest);
    }
}
