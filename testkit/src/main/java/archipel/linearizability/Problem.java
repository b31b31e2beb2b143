package archipel.linearizability;

import archipel.linearizability.Outcome.Failed;
import archipel.linearizability.Outcome.Returned;
import archipel.linearizability.Outcome.Unknown;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One part of a history, numbered for the search. The known operations are numbered in the order in which they ended,
 * and after them come the unknown ones, in the order of their calls. Failed operations are not there.
 */
final class Problem<S, C, R> {
    /*
     * Which unknown operations are left out: those that only read, and those that are blind and made no version that
     * a known operation saw. The first change nothing. If there is a linearization with one of the second kind, w,
     * there is one without it. Take w out. What changes is, for each key that w wrote, the version from w's place to
     * the next write of that key. That version was w's, and nobody saw it; and nobody can tell but by what was seen
     * (Model.isBlind). So all others are as possible as before. The other direction is trivial, as an unknown
     * operation need not take effect at all.
     *
     * Of two blind operations, an unknown one w need not come right before another one, x, if they write a common key
     * with a version of w's that somebody saw: x would replace the version at once. Nor if nobody saw any of their
     * versions of common keys: then they can change places, and nobody can tell.
     *
     * For operations that are not blind all this would be wrong. A conflict can be due to a write that nobody ever
     * read: an update of the revision that one read a moment ago is refused, and all that anybody knows of the write
     * in between is that its client got a timeout.
     */

    final Model<S, C, R> model;
    final int known;
    final int size;
    private final List<Operation<C, R>> operations;
    private final boolean[] blind;
    private final int[][] seen;
    private final int[][] readers;
    private final int[] timesSeen;
    private final long[] lastSightNs;
    private final Map<Version, Integer> versions;
    private final Map<String, Integer> keyNumbers = new HashMap<>();
    private final List<List<Integer>> unknownByKey = new ArrayList<>();
    private final int[][] keys;
    private final int[][] keysWritten;
    private final int[][] versionsWritten;
    private final int[] @Nullable [] needed;

    /** For a version that no known operation saw. */
    static final int UNSEEN = -1;

    private Problem(Model<S, C, R> model, List<Operation<C, R>> operations, int known, Map<Version, Integer> versions) {
        this.model = model;
        this.operations = operations;
        this.known = known;
        this.versions = versions;
        size = operations.size();
        blind = new boolean[size];
        seen = new int[size][];
        readers = new int[size][];
        timesSeen = new int[versions.size()];
        lastSightNs = new long[versions.size()];
        Arrays.fill(lastSightNs, Long.MIN_VALUE);
        keys = new int[size][];
        keysWritten = new int[size][];
        versionsWritten = new int[size][];
        needed = new int[size][];
        List<List<Integer>> readersOfVersions = new ArrayList<>();
        versions.forEach((_, _) -> readersOfVersions.add(new ArrayList<>()));
        for (int i = 0; i < size; i++) {
            blind[i] = model.isBlind(call(i));
            seen[i] = i < known ? ids(model.seen(call(i), result(i))) : new int[0];
            for (int version : seen[i]) {
                timesSeen[version]++;
                lastSightNs[version] =
                        Math.max(lastSightNs[version], operations.get(i).invokedNs());
                readersOfVersions.get(version).add(i);
            }
        }
        for (int i = 0; i < size; i++) {
            readers[i] = Arrays.stream(ids(model.made(call(i))))
                    .boxed()
                    .flatMap(version -> readersOfVersions.get(version).stream())
                    .mapToInt(Integer::intValue)
                    .distinct()
                    .toArray();
            number(i);
        }
        keyNumbers.forEach((_, _) -> unknownByKey.add(new ArrayList<>()));
        for (int i = known; i < size; i++) {
            for (int key : keys[i]) {
                unknownByKey.get(key).add(i);
            }
        }
    }

    private void number(int operation) {
        Collection<String> named = model.keys(call(operation));
        // What names no key is about all of them, and so is everything else in its part.
        keys[operation] = named.isEmpty()
                ? new int[] {key("")}
                : named.stream().mapToInt(this::key).toArray();
        Collection<Version> made = blind[operation] ? model.made(call(operation)) : List.of();
        keysWritten[operation] =
                made.stream().mapToInt(version -> key(version.key())).toArray();
        versionsWritten[operation] = made.stream()
                .mapToInt(version -> versions.getOrDefault(version, UNSEEN))
                .toArray();
    }

    private int key(String key) {
        return keyNumbers.computeIfAbsent(key, _ -> keyNumbers.size());
    }

    /** @throws IllegalArgumentException where two operations make the same version */
    static <S, C, R> Problem<S, C, R> of(Model<S, C, R> model, Collection<Operation<C, R>> part) {
        List<Operation<C, R>> operations = new ArrayList<>();
        Map<Version, Integer> versions = new HashMap<>();
        Set<Version> made = new HashSet<>();
        for (Operation<C, R> operation : part) {
            if (operation.outcome() instanceof Failed<R>) {
                continue;
            }
            for (Version version : model.made(operation.call())) {
                if (!made.add(version)) {
                    throw new IllegalArgumentException(
                            "two operations make " + version + ", one of them is " + operation);
                }
            }
            if (operation.outcome() instanceof Returned<R>(R result)) {
                operations.add(operation);
                model.seen(operation.call(), result).forEach(version -> versions.putIfAbsent(version, versions.size()));
            }
        }
        operations.sort(Comparator.comparingLong(Operation::endedNs));
        int known = operations.size();
        part.stream()
                .filter(operation -> operation.outcome() instanceof Unknown<R>)
                .filter(operation -> !model.isReadOnly(operation.call()))
                .filter(operation -> !model.isBlind(operation.call())
                        || model.made(operation.call()).stream().anyMatch(versions::containsKey))
                .sorted(Comparator.comparingLong(Operation::invokedNs))
                .forEach(operations::add);
        return new Problem<>(model, operations, known, versions);
    }

    private int[] ids(Collection<Version> of) {
        return of.stream()
                .map(versions::get)
                .filter(id -> id != null)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    boolean isKnown(int operation) {
        return operation < known;
    }

    Operation<C, R> operation(int operation) {
        return operations.get(operation);
    }

    /** When it has taken effect at the latest: never, for an unknown one. */
    long endNs(int operation) {
        return isKnown(operation) ? operations.get(operation).endedNs() : Long.MAX_VALUE;
    }

    private C call(int operation) {
        return operations.get(operation).call();
    }

    private R result(int operation) {
        return ((Returned<R>) operations.get(operation).outcome()).result();
    }

    /** The state after the operation in this one, with the result that it had; null where it is not possible. */
    @Nullable
    S next(S state, int operation) {
        return isKnown(operation)
                ? model.next(state, call(operation), result(operation))
                : model.nextUnknown(state, call(operation));
    }

    boolean isBlind(int operation) {
        return blind[operation];
    }

    /** The versions that a known operation saw. */
    int[] seen(int operation) {
        return seen[operation];
    }

    /** By version: how many known operations saw it. */
    int[] timesSeen() {
        return timesSeen.clone();
    }

    /** Those of {@link #seen} that the known operation replaced. */
    int[] consumed(int operation) {
        return ids(model.consumed(call(operation), result(operation)));
    }

    /** The versions that known operations saw, in no order. */
    Map<Version, Integer> versions() {
        return versions;
    }

    /** What a blind operation made and no known operation saw. */
    List<Version> unseen(int operation) {
        return blind[operation]
                ? model.made(call(operation)).stream()
                        .filter(version -> !versions.containsKey(version))
                        .toList()
                : List.of();
    }

    /** By version that a known operation saw: the operation that made it, or -1. */
    int[] makers() {
        int[] makers = new int[versions.size()];
        Arrays.fill(makers, -1);
        for (int i = 0; i < size; i++) {
            for (int version : ids(model.made(call(i)))) {
                makers[version] = i;
            }
        }
        return makers;
    }

    /** Those versions the operation replaces in this state that any known operation saw. */
    int[] replaced(S state, int operation) {
        return ids(model.replaced(state, call(operation)));
    }

    /** When the last known operation that saw the version was invoked. */
    long lastSightNs(int version) {
        return lastSightNs[version];
    }

    /** How many keys there are. */
    int keyCount() {
        return keyNumbers.size();
    }

    /** What the operation is about. */
    int[] keys(int operation) {
        return keys[operation];
    }

    /** The keys whose versions a blind operation makes; none for any other. */
    int[] keysWritten(int operation) {
        return keysWritten[operation];
    }

    /** The versions that it makes of these keys, or {@link #UNSEEN}. */
    int[] versionsWritten(int operation) {
        return versionsWritten[operation];
    }

    /** The known operations that saw what this one made. */
    int[] readers(int operation) {
        return readers[operation];
    }

    /** The unknown operations that may have to be placed right before this one, in the order of their calls. */
    int[] needed(int operation) {
        int[] found = needed[operation];
        if (found == null) {
            found = findNeeded(operation);
            needed[operation] = found;
        }
        return found;
    }

    // Those without a common key are not looked at: they could as well be placed after it.
    private int[] findNeeded(int operation) {
        SortedSet<Integer> found = new TreeSet<>();
        for (int key : keys[operation]) {
            for (int unknown : unknownByKey.get(key)) {
                if (unknown != operation && !found.contains(unknown) && mayNeed(operation, unknown)) {
                    found.add(unknown);
                }
            }
        }
        return found.stream().mapToInt(Integer::intValue).toArray();
    }

    private boolean mayNeed(int operation, int unknown) {
        return model.mayNeed(call(operation), isKnown(operation) ? result(operation) : null, call(unknown))
                && !(blind[operation] && blind[unknown] && isOrderHidden(unknown, operation));
    }

    private boolean isOrderHidden(int earlier, int later) {
        boolean isHidden = true;
        for (int i = 0; i < keysWritten[earlier].length; i++) {
            for (int j = 0; j < keysWritten[later].length; j++) {
                if (keysWritten[earlier][i] == keysWritten[later][j]) {
                    if (versionsWritten[earlier][i] != UNSEEN) {
                        return true;
                    }
                    isHidden &= versionsWritten[later][j] == UNSEEN;
                }
            }
        }
        return isHidden;
    }
}
