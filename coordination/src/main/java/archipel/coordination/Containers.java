package archipel.coordination;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.function.LongSupplier;
import org.apache.zookeeper.DeleteContainerRequest;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.server.ContainerManager;
import org.apache.zookeeper.server.RequestRecord;
import org.jspecify.annotations.Nullable;

/**
 * Deletes nodes that are to go by themselves: containers that have become empty, and those whose time is over. Some at
 * a time, without a wait: whoever looks after sessions does this, too.
 */
final class Containers {
    /** At each look, of which there are several a second. */
    private static final int DELETED_AT_ONCE = 100;

    private final CoordinationOptions options;
    private final Queue<String> due = new ArrayDeque<>();
    private long nextMs;
    private @Nullable Candidates candidates;

    Containers(CoordinationOptions options, LongSupplier steadyMs) {
        this.options = options;
        this.nextMs = steadyMs.getAsLong() + options.containerCheck().toMillis();
    }

    void look(Tree.State state, long nowMs) {
        Candidates now = candidates;
        if (now == null || now.state != state) {
            now = new Candidates(state);
            candidates = now;
            due.clear();
        }
        if (due.isEmpty() && nowMs >= nextMs) {
            nextMs = nowMs + options.containerCheck().toMillis();
            due.addAll(now.getCandidates());
        }
        for (int left = DELETED_AT_ONCE; left > 0 && !due.isEmpty(); left--) {
            state.order()
                    .processRequest(new TreeRequest(
                            null,
                            0,
                            0,
                            OpCode.deleteContainer,
                            RequestRecord.fromRecord(new DeleteContainerRequest(due.remove())),
                            List.of()));
        }
    }

    /** The library's choice of what is to go. Whether it still is, is looked at where the deletion is applied. */
    private static final class Candidates extends ContainerManager {
        private final Tree.State state;

        Candidates(Tree.State state) {
            super(state.server().getZKDatabase(), state.order(), 0, 1, 0);
            this.state = state;
            // It would look by itself, on a thread of its own.
            stop();
        }

        @Override
        protected Collection<String> getCandidates() {
            return super.getCandidates();
        }
    }
}
