package archipel.coordination;

import java.util.function.LongSupplier;
import org.apache.zookeeper.server.ContainerManager;
import org.jspecify.annotations.Nullable;

/** Deletes nodes that are to go by themselves: containers that have become empty, and those whose time is over. */
final class Containers {
    private static final int DELETED_PER_MINUTE = 10_000;

    private final CoordinationOptions options;
    private long nextMs;
    private @Nullable Looking looking;

    Containers(CoordinationOptions options, LongSupplier steadyMs) {
        this.options = options;
        this.nextMs = steadyMs.getAsLong() + options.containerCheck().toMillis();
    }

    private record Looking(Tree.State state, ContainerManager manager) {}

    void look(Tree.State state, long nowMs) {
        if (nowMs < nextMs) {
            return;
        }
        nextMs = nowMs + options.containerCheck().toMillis();
        Looking now = looking;
        if (now == null || now.state() != state) {
            now = new Looking(
                    state,
                    new ContainerManager(
                            state.server().getZKDatabase(),
                            state.order(),
                            Math.toIntExact(options.containerCheck().toMillis()),
                            DELETED_PER_MINUTE,
                            0));
            looking = now;
        }
        try {
            now.manager().checkContainers();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
