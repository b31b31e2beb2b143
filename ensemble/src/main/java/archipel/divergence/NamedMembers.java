package archipel.divergence;

import java.util.HashMap;
import java.util.Map;
import java.util.function.BiPredicate;

/**
 * Which members this one has said to differ, and in which groups: each once, for as long as it does. For one thread.
 */
final class NamedMembers {
    /**
     * For how many rounds in a row a member has to report nothing until it counts as sound: it takes some to find out
     * for itself, and to say so.
     */
    static final int QUIET_ROUNDS = 5;

    private final Map<Copy, Integer> quiet = new HashMap<>();

    private record Copy(String member, int group) {}

    /** @return whether it is to be said that the member differs */
    boolean add(String member, int group) {
        return quiet.putIfAbsent(new Copy(member, group), 0) == null;
    }

    /** Forgets those that are sound by now. Once a round. @param reports whether a member says so of itself */
    void review(BiPredicate<String, Integer> reports) {
        quiet.replaceAll((copy, rounds) -> reports.test(copy.member(), copy.group()) ? 0 : rounds + 1);
        quiet.values().removeIf(rounds -> rounds >= QUIET_ROUNDS);
    }
}
