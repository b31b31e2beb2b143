package archipel.merging;

import archipel.access.ConflictResolver;
import archipel.access.DocumentOutcome;
import archipel.auth.UserContext;
import archipel.changes.Change;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.engine.EventPosition;
import archipel.engine.Node;
import archipel.memory.Allowance;
import archipel.memory.MemoryBudget;
import archipel.memory.MemoryLimitException;
import archipel.memory.Reservation;
import archipel.merge.MergePolicy;
import archipel.read.ChangeCursor;
import archipel.read.DocumentCursor;
import archipel.read.Reader;
import archipel.read.Visibility;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Merges conflicts in the databases whose policy says so and whose group this node leads, on one thread.
 *
 * <p>Each such database is gone through once by the rows of its conflicts, when this node begins with it or its policy
 * changes; from then on only its changes are looked at, which say how many leaves a document has. So a conflict that
 * cannot be merged costs nothing until its document changes, and nothing has to be remembered over a restart.
 *
 * <p>No document stands in the way of others. One whose merge takes more memory than there can be, or cannot be written
 * at all, stays in conflict; one that fails for now, such as by a validation function that takes too long, is tried
 * again after the others. Where many fail for now it is not about them, and nothing moves on.
 *
 * <p>Needs no term: whatever two nodes make of the same leaves is the same, and a resolution is refused where the
 * leaves are others by then, so that the change which made them others is looked at instead.
 */
public final class Merger implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Merger.class);

    /** How often is looked for databases that have got a policy, or a group that has got this leader. */
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    /** So many documents are looked at before others get their turn, and merged in one command. */
    private static final int STEP = 50;

    private static final int CHANGES_OF_A_STEP = 2_000;

    private final Node node;
    private final ConflictResolver resolver;
    private final MemoryBudget memory;
    private final Map<String, Progress> progress = new HashMap<>();
    private final LongAdder merged = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder tooLarge = new LongAdder();
    private final Thread thread;
    private volatile boolean closing;

    /** @param memory what it shares with requests */
    public Merger(Node node, ConflictResolver resolver, MemoryBudget memory) {
        this.node = node;
        this.resolver = resolver;
        this.memory = memory;
        this.thread = Thread.ofPlatform().daemon().name("archipel-merger").unstarted(this::run);
        node.metrics().counter("merges", "documents in conflict that were merged, wholly or in part", merged::sum);
        node.metrics().counter("merges_refused", "merges that a validation function refused", refused::sum);
        node.metrics()
                .counter(
                        "merges_too_large",
                        "merges that took more memory than there can be, or wrote more than one command may",
                        tooLarge::sum);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        while (!closing && !node.isClosing()) {
            EventPosition seen = node.position();
            boolean more = false;
            Set<String> active = new HashSet<>();
            for (Database database : databases()) {
                active.add(database.state().uuid());
                more |= attempt(database);
            }
            progress.keySet().retainAll(active);
            if (!more) {
                rest(seen, !active.isEmpty());
            }
        }
    }

    private List<Database> databases() {
        List<Database> merging = new ArrayList<>();
        for (String name : node.databaseNames()) {
            Database database = node.find(name);
            if (database != null && !database.mergePolicy().equals(MergePolicy.KEEP) && database.isLed()) {
                merging.add(database);
            }
        }
        return merging;
    }

    private void rest(EventPosition seen, boolean anyMerging) {
        if (!anyMerging) {
            LockSupport.parkNanos(this, BETWEEN_LOOKS.toNanos());
            return;
        }
        try {
            node.awaitEvent(seen, BETWEEN_LOOKS);
        } catch (InterruptedException e) {
            closing = true;
        }
    }

    /** Takes a step in a database; whether there is more to do at once. */
    private boolean attempt(Database database) {
        Progress reached = progress.computeIfAbsent(database.state().uuid(), _ -> new Progress());
        try (Reservation reserved = memory.admit(true)) {
            return ScopedValue.where(Allowance.CURRENT, reserved).call(() -> step(database, reached));
        } catch (RequestException | MemoryLimitException e) {
            // A disk that is full, a database that was dropped, too little memory: tried again after a rest.
            LOG.debug("merging in {} pauses: {}", database.name(), e.toString());
        } catch (RuntimeException e) {
            LOG.warn("merging in {} pauses", database.name(), e);
        }
        return false;
    }

    private boolean step(Database database, Progress reached) {
        MergePolicy policy = database.mergePolicy();
        if (!policy.equals(reached.policy)) {
            reached.policy = policy;
            reached.id = "";
            reached.failed.clear();
        }
        Step next;
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            next = reached.id == null ? changed(reader, reached) : listed(reader, reached, reached.id);
        }
        if (next.ids.isEmpty() && !next.more) {
            reached.failed.retainAll(merge(database, List.copyOf(reached.failed), policy));
        } else {
            reached.failed.addAll(merge(database, next.ids, policy));
        }
        if (reached.failed.size() > STEP) {
            reached.failed.removeAll(next.ids);
            return false;
        }
        // Not before: what failed is done again.
        reached.id = next.id;
        reached.seq = next.seq;
        return next.more;
    }

    // By the rows of conflicts, from that id on. What changes meanwhile is looked at afterwards.
    private static Step listed(Reader reader, Progress reached, String from) {
        long seq = from.isEmpty() ? reader.block().lastSeq() : reached.seq;
        List<String> ids = new ArrayList<>();
        try (DocumentCursor conflicts = reader.documents().conflicts(from, false)) {
            while (conflicts.next()) {
                if (ids.size() == STEP) {
                    return new Step(ids, conflicts.id(), seq, true);
                }
                ids.add(conflicts.id());
            }
        }
        return new Step(ids, null, seq, true);
    }

    private static Step changed(Reader reader, Progress reached) {
        List<String> ids = new ArrayList<>();
        long seq = reached.seq;
        int seen = 0;
        try (ChangeCursor changes = reader.changes().after(seq, false)) {
            while (changes.next()) {
                Change change = changes.change();
                seq = change.sequence().number();
                if (change.leaves().stream().filter(leaf -> !leaf.deleted()).count() > 1) {
                    ids.add(change.id());
                }
                if (ids.size() == STEP || ++seen == CHANGES_OF_A_STEP) {
                    return new Step(ids, null, seq, true);
                }
            }
        }
        return new Step(ids, null, seq, !ids.isEmpty());
    }

    /** Merges documents, together if that can be. @return those that failed for now */
    private Set<String> merge(Database database, List<String> ids, MergePolicy policy) {
        if (ids.isEmpty()) {
            return Set.of();
        }
        List<DocumentOutcome> outcomes;
        try {
            outcomes = resolved(database, ids, policy);
        } catch (RequestException | MemoryLimitException e) {
            if (!isOfDocuments(e)) {
                throw e;
            }
            return apart(database, ids, policy, e);
        }
        Set<String> failed = new LinkedHashSet<>();
        List<String> again = new ArrayList<>();
        for (DocumentOutcome outcome : outcomes) {
            switch (outcome) {
                case DocumentOutcome.Stored _ -> merged.increment();
                case DocumentOutcome.Failed failure when isOfDocuments(failure.cause()) -> again.add(failure.id());
                case DocumentOutcome.Failed failure -> {
                    LOG.debug("{} in {} stays in conflict for now", failure.id(), database.name(), failure.cause());
                    failed.add(failure.id());
                }
                case DocumentOutcome.Refused refusal -> {
                    refused.increment();
                    LOG.debug("{} in {} stays in conflict", refusal.id(), database.name(), refusal.refusal());
                }
                case DocumentOutcome.Untried _ -> throw new IllegalStateException(outcome.toString());
            }
        }
        // Fewer than there were: a failure is an outcome only where some others were stored.
        failed.addAll(merge(database, again, policy));
        return failed;
    }

    /** With memory of its own: what one merge has held the next one need not do without. */
    private List<DocumentOutcome> resolved(Database database, List<String> ids, MergePolicy policy) {
        try (Reservation reserved = memory.admit(true)) {
            return ScopedValue.where(Allowance.CURRENT, reserved)
                    .call(() -> resolver.merge(database, UserContext.NODE, ids, policy));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether a smaller write may succeed, and the same one never does. */
    private static boolean isOfDocuments(RuntimeException failure) {
        return switch (failure) {
            case MemoryLimitException memory -> memory.kind() != MemoryLimitException.Kind.BUSY;
            case RequestException refusal -> refusal.code() == ErrorCode.SUPERSEDES_TOO_MUCH;
            default -> false;
        };
    }

    /** In halves, until the one is found that stays in conflict. */
    private Set<String> apart(Database database, List<String> ids, MergePolicy policy, RuntimeException cause) {
        if (ids.size() == 1) {
            tooLarge.increment();
            LOG.debug("{} in {} stays in conflict: {}", ids.getFirst(), database.name(), cause.toString());
            return Set.of();
        }
        Set<String> failed = new LinkedHashSet<>(merge(database, ids.subList(0, ids.size() / 2), policy));
        failed.addAll(merge(database, ids.subList(ids.size() / 2, ids.size()), policy));
        return failed;
    }

    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** How far merging has come in one database. */
    private static final class Progress {
        private @Nullable MergePolicy policy;
        // From which on conflicts are listed; null once they all were.
        private @Nullable String id;
        private long seq;
        // Documents to try again once there is nothing else to do.
        private final Set<String> failed = new LinkedHashSet<>();
    }

    /**
     * What is looked at next.
     *
     * @param id where to go on listing; null where to go on by changes
     * @param seq after which to go on by changes
     * @param more whether there may be more to do at once
     */
    private record Step(List<String> ids, @Nullable String id, long seq, boolean more) {}
}
