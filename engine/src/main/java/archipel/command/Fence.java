package archipel.command;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A token of a lock, shown with a write: the database that is written to refuses it once it has seen a greater token of
 * the same name.
 *
 * <p>Tokens of locks count from 1. Those of nodes of the tree that ZooKeeper's clients use are their {@code czxid},
 * from {@value #FIRST_OF_NODES} on: two sequences that have nothing to do with each other.
 *
 * @param name of the lock
 * @param token that its holder was given, from 1
 */
public record Fence(String name, long token) {
    /** The least number that a change of the tree can have. */
    public static final long FIRST_OF_NODES = 1L << 32;

    /** What commands of this thread are fenced by. */
    private static final ScopedValue<List<Fence>> CURRENT = ScopedValue.newInstance();

    public Fence {
        if (name.isEmpty() || token < 1) {
            throw new IllegalArgumentException("token " + token + " of lock '" + name + "'");
        }
    }

    /** For work whose writes to databases, on its thread, are to be fenced. */
    public static ScopedValue.Carrier with(List<Fence> fences) {
        return ScopedValue.where(CURRENT, fences);
    }

    /** By what this thread's writes are fenced; empty where they are not. */
    public static List<Fence> current() {
        return CURRENT.orElse(List.of());
    }

    /** The command as it is to be appended. */
    public static <A extends @Nullable Object> DataCommand<A> bound(DataCommand<A> command) {
        List<Fence> fences = current();
        return fences.isEmpty() ? command : new DataCommand.Fenced<>(fences, command);
    }
}
