package archipel.log;

import archipel.command.Command;
import archipel.document.RequestException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The log of a node that shares its groups with others, but for one group that is its own alone: that has a {@link
 * LocalLog}, which the store journals, so that it goes on whatever becomes of the other nodes.
 */
public final class JointLog implements CommandLog {
    private final CommandLog shared;
    private final int localGroup;
    private final LocalLog local;

    private JointLog(CommandLog shared, int localGroup, LocalLog local) {
        this.shared = shared;
        this.localGroup = localGroup;
        this.local = local;
    }

    /**
     * Opens both logs.
     *
     * @param logs makes the shared one
     * @param context with the machines of all groups; its runner shows what the shared groups do
     * @param localGroup which of the groups is the node's alone
     * @param localReaders of that group
     */
    public static JointLog open(
            LogFactory logs, LogContext context, int localGroup, StateMachine.Readers localReaders) {
        Map<Integer, StateMachine> shared = new TreeMap<>(context.machines());
        StateMachine own = shared.remove(localGroup);
        if (own == null) {
            throw new IllegalArgumentException("there is no group " + localGroup);
        }
        BatchRunner runner = context.runner().beside(localReaders);
        LocalLog local = new LocalLog(context.with(Map.of(localGroup, own), runner));
        try {
            return new JointLog(logs.open(context.with(shared, context.runner())), localGroup, local);
        } catch (RuntimeException | Error e) {
            local.close();
            throw e;
        }
    }

    private CommandLog of(int group) {
        return group == localGroup ? local : shared;
    }

    @Override
    public <A extends @Nullable Object> CompletableFuture<Applied<A>> append(int group, Command<A> command) {
        return of(group).append(group, command);
    }

    @Override
    public CompletableFuture<@Nullable Void> readBarrier(int group) {
        return of(group).readBarrier(group);
    }

    @Override
    public CompletableFuture<Void> replace(int group, Supplier<StateMachine.@Nullable Publication> replacement) {
        return of(group).replace(group, replacement);
    }

    @Override
    public boolean isReplicated() {
        return shared.isReplicated();
    }

    @Override
    public @Nullable String leader(int group) {
        return of(group).leader(group);
    }

    @Override
    public @Nullable RequestException refusal(int group) {
        return of(group).refusal(group);
    }

    @Override
    public int waiting() {
        return shared.waiting() + local.waiting();
    }

    @Override
    public void close() {
        try {
            shared.close();
        } finally {
            local.close();
        }
    }
}
