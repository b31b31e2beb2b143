package archipel.linearizability;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The parts of a history that can be judged one by one, since no operation of one has a key in common with another: an
 * operation on several keys joins their parts.
 */
final class Parts<C, R> {
    private static final int KEYS_NAMED = 5;

    /** Operations that belong together. */
    record Part<C, R>(SortedSet<String> keys, List<Operation<C, R>> operations) {
        /** For people. */
        String name() {
            return switch (keys.size()) {
                case 0 -> "all operations";
                case 1 -> "key " + keys.first();
                default -> {
                    String first =
                            String.join(", ", keys.stream().limit(KEYS_NAMED).toList());
                    yield "keys " + first + (keys.size() > KEYS_NAMED ? " and " + (keys.size() - KEYS_NAMED) : "");
                }
            };
        }
    }

    /** Each key's parent in a forest in which every tree is a part. */
    private final Map<String, String> parents = new HashMap<>();

    private Parts() {}

    static <S, C, R> List<Part<C, R>> of(Model<S, C, R> model, List<Operation<C, R>> operations) {
        Parts<C, R> parts = new Parts<>();
        for (Operation<C, R> operation : operations) {
            Collection<String> keys = model.keys(operation.call());
            if (keys.isEmpty()) {
                return List.of(new Part<>(new TreeSet<>(), operations));
            }
            String first = parts.root(keys.iterator().next());
            keys.forEach(key -> parts.parents.put(parts.root(key), first));
        }
        Map<String, Part<C, R>> byRoot = new LinkedHashMap<>();
        for (Operation<C, R> operation : operations) {
            Collection<String> keys = model.keys(operation.call());
            Part<C, R> part = byRoot.computeIfAbsent(
                    parts.root(keys.iterator().next()), _ -> new Part<>(new TreeSet<>(), new ArrayList<>()));
            part.keys().addAll(keys);
            part.operations().add(operation);
        }
        return List.copyOf(byRoot.values());
    }

    private String root(String key) {
        String root = key;
        for (String parent = parents.get(root); parent != null && !parent.equals(root); parent = parents.get(root)) {
            root = parent;
        }
        // What was on the way is nearer to the root from now on.
        for (String at = key; !at.equals(root); ) {
            String next = parents.put(at, root);
            at = next == null ? root : next;
        }
        return root;
    }
}
