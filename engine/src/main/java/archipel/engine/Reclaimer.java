package archipel.engine;

import archipel.changes.BackgroundTask;
import archipel.changes.Deadline;
import archipel.changes.Loop;
import archipel.changes.Loops;
import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.RowReader;
import archipel.storage.Store;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Gives the space of what was deleted back to the file system, on a thread of its own and without being asked:
 * attachments that no body names any more, uploads that came to nothing, databases that were dropped, and bodies that
 * were pruned.
 *
 * <p>RocksDB rewrites files when there are many of them, and only then notices what is gone. A dropped database or a
 * gigabyte of attachments is one range deletion of a few bytes, after which nothing would be rewritten for months. So
 * this looks for what is there and should not be, and has just those files rewritten:
 *
 * <ul>
 *   <li>keys of databases that the catalog does not have: they lie in the gaps between the numbers of those it has, so
 *       that nothing has to be remembered of what was dropped;
 *   <li>range deletions among attachments. The rows are tiny, so all of them are rewritten. RocksDB deletes a file of
 *       content once a rewrite has seen the last of its rows go;
 *   <li>files of content that are garbage in part: once enough of all content is, what is live in the oldest files is
 *       copied to new ones, in rounds, until little garbage is left. Each byte of garbage costs at most a fixed number
 *       of bytes copied, and a round takes no more room than it may;
 *   <li>superseded bodies: where their files are more than twice as large as what they hold.
 * </ul>
 *
 * <p>After each pass there is a rest of several times what it took, so that it takes no more than a part of the disk.
 */
final class Reclaimer implements AutoCloseable {
    /** Less than that is left to RocksDB's own compactions. */
    private static final long WORTH_BYTES = 1 << 20;
    /** How much superseded bodies may take beside what they hold before their files are rewritten. */
    private static final long BODY_SLACK_BYTES = 16 << 20;
    /** About how much one round copies. */
    private static final long ROUND_BYTES = 512L << 20;

    private static final int REST_FACTOR = 4;

    private static final List<Family> FAMILIES = Family.MAIN.stream()
            .filter(family -> family != Family.CATALOG && family != Family.ATTACHMENT)
            .toList();

    private final Node node;
    private final Duration after;
    private final double garbageShare;
    private final InstantSource clock;
    private final ReentrantLock work = new ReentrantLock();
    private final Loop loop;
    // Whatever an earlier run left behind is found by the first pass.
    private volatile boolean pending = true;
    private volatile @Nullable BackgroundTask task;

    Reclaimer(Node node, NodeOptions.Reclaiming options, InstantSource clock, Loops loops) {
        this.node = node;
        this.after = options.after();
        this.garbageShare = options.garbageShare();
        this.clock = clock;
        this.loop = loops.loop("reclaimer", this::round);
    }

    void start() {
        loop.start(after);
    }

    /** Says that attachments, an upload or a database went. Costs nothing, and never fails. */
    void freed() {
        pending = true;
    }

    List<BackgroundTask> tasks() {
        BackgroundTask current = task;
        return current == null ? List.of() : List.of(current);
    }

    private Duration round() {
        // By the monotonic clock: the other may be set meanwhile.
        Deadline begun = Deadline.after(Duration.ZERO);
        loop.attempt("giving space back", this::pass);
        Duration proportional = Duration.ofNanos(-begun.remainingNanos()).multipliedBy(REST_FACTOR);
        return proportional.compareTo(after) > 0 ? proportional : after;
    }

    /** Gives back what can be given back now, and returns when that is done. */
    void pass() {
        work.lock();
        try {
            if (loop.isClosed()) {
                return;
            }
            if (pending) {
                pending = false;
                boolean done = false;
                try {
                    giveBack();
                    done = true;
                } finally {
                    pending |= !done;
                }
            }
            bodies();
        } finally {
            task = null;
            work.unlock();
        }
    }

    private void giveBack() {
        Map<Database, Database.Unreclaimed> freed = new HashMap<>();
        for (Database database : node.databases()) {
            freed.put(database, database.unreclaimed());
        }
        // What is deleted in memory only is still in the files, and the log holds it once more.
        node.store().flush();
        dropped();
        attachments();
        if (node.store().hasRangeDeletions(Family.ATTACHMENT)) {
            // A reader still sees what was deleted.
            pending = true;
        } else if (!loop.isClosed()) {
            remember(freed);
        }
        droppedIndexes();
    }

    /** How much was given back of what was deleted; a restart would take all that was ever deleted for garbage else. */
    private void remember(Map<Database, Database.Unreclaimed> freed) {
        try (Batch batch = node.store().batch()) {
            freed.forEach((database, space) -> {
                long reclaimed = database.reclaimed(space);
                if (space.attachments() > 0 && !database.isDeleted()) {
                    batch.put(Family.CATALOG, CatalogKeys.reclaimed(database.number()), Catalog.u64(reclaimed));
                }
            });
            if (!batch.isEmpty()) {
                node.store().commitDerived(batch);
            }
        }
    }

    /** Of how many bytes of a database's deleted attachments the space was given back. */
    static long reclaimed(Store store, int database) {
        byte[] row = store.get(Family.CATALOG, CatalogKeys.reclaimed(database));
        if (row == null) {
            row = store.get(Family.CATALOG, CatalogKeys.reclaimedBeforeGroups(database));
        }
        return row == null ? 0 : new RowReader(row).u64();
    }

    private void dropped() {
        for (Gap gap : gaps()) {
            for (Family family : FAMILIES) {
                dropped(node.store(), family, gap);
            }
        }
    }

    private void droppedIndexes() {
        Store indexes = node.indexes().opened();
        if (indexes != null) {
            indexes.flush();
            for (Gap gap : gaps()) {
                dropped(indexes, Family.INDEX, gap);
            }
        }
    }

    private void dropped(Store store, Family family, Gap gap) {
        long bytes = store.approximateFileBytes(family, gap.lower(), gap.upper());
        if (bytes >= WORTH_BYTES && !loop.isClosed()) {
            begin("dropped databases", bytes);
            store.reclaimDeleted(family, gap.lower(), gap.upper());
            pending |= store.approximateFileBytes(family, gap.lower(), gap.upper()) >= WORTH_BYTES;
        }
    }

    /** In each group between the numbers of its databases, and those not given yet. */
    private List<Gap> gaps() {
        List<Gap> gaps = new ArrayList<>();
        for (int group : node.groups()) {
            int next = 1;
            for (int number : node.databaseNumbers(group)) {
                if (number > next) {
                    gaps.add(Gap.of(group, next, number));
                }
                next = number + 1;
            }
            gaps.add(Gap.of(group, next, Integer.MAX_VALUE));
        }
        return gaps;
    }

    private void attachments() {
        Store store = node.store();
        if (store.hasRangeDeletions(Family.ATTACHMENT) && !loop.isClosed()) {
            begin("attachments", store.blobs(Family.ATTACHMENT).bytes());
            store.reclaimDeleted(Family.ATTACHMENT);
        }
        Store.Blobs blobs = store.blobs(Family.ATTACHMENT);
        double share = Math.min(1, (double) ROUND_BYTES / Math.max(1, blobs.bytes()));
        // Once around is enough: by then every value that is live has been copied.
        for (int rounds = (int) Math.ceil(1 / share); rounds > 0 && isWorthCopying(blobs, share); rounds--) {
            begin("attachments", blobs.garbageBytes());
            store.relocateOldest(Family.ATTACHMENT, share);
            blobs = store.blobs(Family.ATTACHMENT);
        }
    }

    private boolean isWorthCopying(Store.Blobs blobs, double share) {
        return !loop.isClosed()
                && blobs.garbageBytes() >= WORTH_BYTES
                && blobs.garbageShare() >= garbageShare
                && node.usableBytes() > 2 * (long) (share * blobs.bytes());
    }

    // Bodies are pruned by many small deletions, which RocksDB counts for files of rows that readers list.
    private void bodies() {
        for (Database database : node.databases()) {
            KeySpace keys = database.keys();
            DatabaseState state = database.state();
            long held = state.bodyBytes() - state.liveBodyBytes();
            long bytes = node.store().approximateFileBytes(Family.PAST_BODY, keys.lower(), keys.upper());
            if (bytes > 2 * held + BODY_SLACK_BYTES && !loop.isClosed() && !database.isDeleted()) {
                begin(database.name(), bytes);
                for (Family family : List.of(Family.PAST_BODY, Family.HISTORY, Family.CHANGE_HISTORY)) {
                    node.store().reclaimDeleted(family, keys.lower(), keys.upper());
                }
            }
        }
    }

    private void begin(String what, long bytes) {
        long now = clock.millis();
        task = new BackgroundTask("space_reclamation", what, null, 0, 0, bytes, now, now);
    }

    /** The store's rewrites have been stopped before. */
    @Override
    public void close() {
        loop.close();
    }

    /** The keys of databases that are not there. */
    private record Gap(byte[] lower, byte[] upper) {
        /** @param end the number that the next one has that is there */
        static Gap of(int group, int first, int end) {
            return new Gap(new KeySpace(group, first).lower(), new KeySpace(group, end).lower());
        }
    }
}
