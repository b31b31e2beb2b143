package archipel.objects;

import java.util.concurrent.atomic.LongAdder;

/** What became of changes of objects. All count from the beginning. Safe for use by many threads. */
public final class ObjectCounters {
    final LongAdder replicatedCalls = new LongAdder();
    final LongAdder conflicts = new LongAdder();
    final LongAdder openContexts = new LongAdder();
    final LongAdder replicatedChanges = new LongAdder();
    final LongAdder unreplicatedChanges = new LongAdder();

    /** Calls of implicitly replicated objects that have changed something. */
    public long replicatedCalls() {
        return replicatedCalls.sum();
    }

    /** How often a change had to be made anew, since somebody else came first. */
    public long conflicts() {
        return conflicts.sum();
    }

    /** Contexts that have begun and not ended. */
    public long openContexts() {
        return openContexts.sum();
    }

    /** Changes within contexts that were replicated. */
    public long replicatedChanges() {
        return replicatedChanges.sum();
    }

    /** Changes within contexts that never were: their context ended first, or they were given up. */
    public long unreplicatedChanges() {
        return unreplicatedChanges.sum();
    }
}
