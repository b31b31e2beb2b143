package archipel.index;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.health.Health;
import archipel.health.Problem;
import archipel.storage.Batch;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.StorageException;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The store that a node's indexes are in, beside the one with its documents. Indexes can be made again, and are each
 * node's own: so their store has no write-ahead log, no copy in backups, and is thrown away where it is damaged.
 *
 * <p>It is opened when an index is first asked for, and made with the first index: a node without indexes has none. It
 * lies in a subdirectory that is named by a number. One that cannot be opened or turns out to be damaged is left for
 * one with the next number; who still reads it may go on. A row says whose indexes these are, and of which format.
 *
 * <p>What is dropped is marked at once, and deleted by {@link #tend}, which one thread calls every second. Other
 * methods are safe for use by many threads.
 */
public final class IndexStore implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(IndexStore.class.getName());
    /** Of the rows; indexes of another one are made anew. */
    private static final String FORMAT = "archipel indexes, format 1, of ";

    /** For so many calls of {@link #tend} nothing has to be written before what is in memory goes to files. */
    private static final int IDLE_CALLS = 5;
    /** While something is written all the time, it does after so many calls at the least and at the most. */
    private static final int LEAST_FLUSH_CALLS = 2;

    private static final int MOST_FLUSH_CALLS = 60;
    /** Between the two, after this part of the calls since that began: a crash takes no greater part of a build. */
    private static final int FLUSH_SHARE = 8;
    /** For so many calls a damage is reported. */
    private static final int REPORTED_CALLS = 60;

    private static final String DAMAGED =
            "The store of indexes was damaged. Indexes are built anew when they are asked for; documents are unharmed.";

    private final Path directory;
    private final Store main;
    private final Supplier<String> owner;
    private final Health health;
    private final Executor background;
    private final ReentrantLock lock = new ReentrantLock();
    // Held while an index is made, and while rows are deleted of which nobody knows whose they are.
    private final ReentrantLock making = new ReentrantLock();
    private volatile @Nullable Generation current;
    // Whether it is known that there is no store yet.
    private volatile boolean absent;
    private volatile boolean closed;
    private final Queue<Erasure> dropped = new ConcurrentLinkedQueue<>();
    private final Queue<Generation> retired = new ConcurrentLinkedQueue<>();
    private final LongAdder damages = new LongAdder();
    private int idleCalls;
    private int busyCalls;
    private int unflushedCalls;
    private volatile int soundCalls;

    private record Erasure(Generation generation, IndexSpace space) {}

    /**
     * Opens nothing yet.
     *
     * @param directory for it alone
     * @param main whose memory it shares; has to be closed later
     * @param owner of the indexes: those of another one are not used
     * @param background for what takes long and need not be waited for
     */
    public IndexStore(Path directory, Store main, Supplier<String> owner, Health health, Executor background) {
        this.directory = directory;
        this.main = main;
        this.owner = owner;
        this.health = health;
        this.background = background;
    }

    /** The store in that directory, opened to be looked at; null where there is none. */
    public static @Nullable Store openReadOnly(Path directory, Store main) {
        Path newest = directory.resolve(Integer.toString(newest(directory)));
        return Store.exists(newest) ? main.openIndexesReadOnly(newest) : null;
    }

    /** The store as it is open; null where nobody has asked for an index, or there is none. */
    public @Nullable Store opened() {
        Generation now = current;
        return now == null || !now.isSound() ? null : now.store();
    }

    /** How many stores turned out to be damaged since this was made. */
    public long damages() {
        return damages.sum();
    }

    /** Null where there is no store yet. */
    @Nullable
    Generation ifThere() {
        Generation now = current;
        if (now != null && now.isSound()) {
            return now;
        }
        return absent ? null : open(false);
    }

    Generation obtain() {
        Generation now = ifThere();
        if (now == null) {
            now = open(true);
        }
        if (now == null) {
            throw new IllegalStateException("a store of indexes was not made");
        }
        return now;
    }

    private @Nullable Generation open(boolean make) {
        lock.lock();
        try {
            Generation now = current;
            if (closed) {
                throw new RequestException(ErrorCode.STOPPING);
            }
            if (now != null && now.isSound()) {
                return now;
            }
            int newest = newest(directory);
            Generation opened = null;
            if (now != null) {
                current = null;
                retired.add(now);
            } else if (newest == 0 && !make) {
                absent = true;
                return null;
            } else if (newest > 0) {
                opened = reopen(newest);
            }
            if (opened == null) {
                opened = reopen(newest + 1);
            }
            if (opened == null) {
                throw new StorageException(StorageException.Kind.IO, "no store of indexes can be made in " + directory);
            }
            absent = false;
            current = opened;
            return opened;
        } finally {
            lock.unlock();
        }
    }

    private Generation open(int number) {
        Path path = directory.resolve(Integer.toString(number));
        try {
            Files.createDirectories(path);
        } catch (IOException e) {
            throw new StorageException(StorageException.Kind.IO, "cannot make " + path + ": " + e, e);
        }
        Generation opened = new Generation(number, main.openIndexes(path));
        opened.store().watch(failure -> {
            if (failure.kind() == StorageException.Kind.CORRUPT && opened.isSound()) {
                opened.damage();
                damaged(failure);
            }
        });
        return opened;
    }

    /** Makes it where there is none; null where what is there is of no use. */
    private @Nullable Generation reopen(int number) {
        Generation opened;
        try {
            opened = open(number);
        } catch (StorageException e) {
            if (!isDamage(e)) {
                throw e;
            }
            damaged(e);
            return null;
        }
        try {
            if (isOwn(opened.store())) {
                return opened;
            }
            LOG.log(
                    System.Logger.Level.WARNING,
                    "The indexes in {0} are not of this data, or of another version: they are made anew.",
                    directory);
        } catch (StorageException e) {
            if (opened.isSound()) {
                opened.store().close();
                throw e;
            }
        }
        opened.damage();
        retired.add(opened);
        return null;
    }

    private boolean isOwn(Store opened) {
        byte[] mine = (FORMAT + owner.get()).getBytes(StandardCharsets.UTF_8);
        byte[] signed = opened.get(Family.INDEX, IndexSpace.OWNER);
        if (signed != null) {
            return Arrays.equals(signed, mine);
        }
        try (Cursor rows = opened.cursor(Family.INDEX, IndexSpace.FIRST, IndexSpace.OWNER)) {
            if (rows.first()) {
                return false;
            }
        }
        // First of all, so that no rows are ever in files without it.
        try (Batch batch = opened.batch()) {
            batch.put(Family.INDEX, IndexSpace.OWNER, mine);
            opened.commit(batch);
        }
        return true;
    }

    // What another start could open just as it is.
    private static boolean isDamage(StorageException e) {
        return switch (e.kind()) {
            case CORRUPT -> true;
            case IO ->
                Stream.of("Too many open files", "Cannot allocate memory", "Permission denied", "Read-only file system")
                        .noneMatch(e.details()::contains);
            case FULL, LOCKED, UNKNOWN, RECOVERING -> false;
        };
    }

    private void damaged(StorageException e) {
        LOG.log(System.Logger.Level.ERROR, "the store of indexes is damaged and begins anew: {0}", e.details());
        damages.increment();
        soundCalls = 0;
        health.report(Problem.INDEXES_DAMAGED, DAMAGED);
    }

    /** The number of the newest store there is; 0 for none. */
    private static int newest(Path directory) {
        return numbers(directory).stream().max(Comparator.naturalOrder()).orElse(0);
    }

    private static List<Integer> numbers(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.matches("[1-9][0-9]{0,8}"))
                    .map(Integer::valueOf)
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException | UncheckedIOException e) {
            throw new StorageException(StorageException.Kind.IO, "cannot look through " + directory + ": " + e, e);
        }
    }

    /**
     * Writes rows of an index, whole or not at all. What a crash takes is the end of what was written.
     *
     * @throws StorageException also while documents are not written either
     */
    void commit(Generation generation, Batch batch) {
        StorageException refusal = main.refusal();
        if (refusal != null) {
            throw refusal;
        }
        write(generation, batch);
    }

    /** As {@link #commit}, for what gives space back. */
    void write(Generation generation, Batch batch) {
        try {
            generation.store().commit(batch);
            generation.touch();
        } catch (RequestException e) {
            throw generation.explain(e);
        }
    }

    /** While it is held no rows are deleted for which no database is there. */
    ReentrantLock making() {
        return making;
    }

    /** An index was dropped, with a mark that says so: its rows go at the next {@link #tend}. */
    void erase(Generation generation, IndexSpace space) {
        dropped.add(new Erasure(generation, space));
    }

    /**
     * Deletes what earlier runs have left: rows of databases that are no more, of indexes that were dropped, and stores
     * that are not used any more. To be called once, before {@link #tend}; does nothing where there are no indexes.
     */
    public void sweep(Databases databases) {
        Generation generation = ifThere();
        if (generation == null) {
            return;
        }
        StoreSnapshot snapshot = generation.store().snapshot();
        try (Cursor rows = snapshot.cursor(Family.INDEX, IndexSpace.FIRST, IndexSpace.OWNER)) {
            boolean more = rows.first();
            while (more && !closed) {
                KeySpace keys = IndexSpace.keys(rows.key());
                if (!sweep(generation, keys, databases)) {
                    for (IndexSpace left : IndexSpace.dropped(snapshot, keys)) {
                        erase(generation, left);
                    }
                }
                more = rows.seek(keys.upper());
            }
        } finally {
            snapshot.release();
        }
        clean();
    }

    private boolean sweep(Generation generation, KeySpace keys, Databases databases) {
        making.lock();
        try {
            if (databases.has(keys.group(), keys.database())) {
                return false;
            }
            clear(generation, keys);
            return true;
        } finally {
            making.unlock();
        }
    }

    /** Deletes all rows of the indexes of a database. */
    void clear(Generation generation, KeySpace keys) {
        try (Batch batch = generation.store().batch()) {
            batch.deleteRange(Family.INDEX, keys.lower(), keys.upper());
            write(generation, batch);
        }
    }

    /**
     * Deletes what was dropped, writes what was only in memory to files, and takes damaged stores away. To be called
     * every second, by one thread.
     *
     * @throws StorageException when it has to be tried again
     */
    public void tend() {
        if (!retired.isEmpty()) {
            clean();
        }
        if (health.has(Problem.INDEXES_DAMAGED)) {
            soundCalls = soundCalls + 1;
            if (soundCalls >= REPORTED_CALLS) {
                health.withdraw(Problem.INDEXES_DAMAGED);
            }
        }
        erase();
        Generation now = current;
        if (now != null && now.isSound() && !closed) {
            flush(now);
        }
    }

    private void erase() {
        List<Erasure> erased = new ArrayList<>();
        for (Erasure erasure = dropped.peek(); erasure != null && !closed; erasure = dropped.peek()) {
            if (erasure.generation().isSound()) {
                erase(erasure);
                erased.add(erasure);
            }
            dropped.remove();
        }
        if (!erased.isEmpty()) {
            // Beside other work, since it takes long.
            background.execute(() -> erased.forEach(IndexStore::giveBack));
        }
    }

    private void erase(Erasure erasure) {
        IndexSpace space = erasure.space();
        try (Batch batch = erasure.generation().store().batch()) {
            batch.deleteRange(Family.INDEX, space.lower(), space.upper());
            batch.delete(Family.INDEX, space.dropped());
            write(erasure.generation(), batch);
        }
    }

    private static void giveBack(Erasure erased) {
        try {
            erased.space().compact(erased.generation().store());
        } catch (RequestException e) {
            LOG.log(System.Logger.Level.DEBUG, "the space of a dropped index is given back in the store's time", e);
        }
    }

    // So that a crash takes little, and what nobody adds to does not take from the write buffers.
    private void flush(Generation now) {
        idleCalls = now.wasUsed() ? 0 : idleCalls + 1;
        busyCalls = idleCalls >= IDLE_CALLS ? 0 : busyCalls + 1;
        if (now.store().unflushedRows() == 0) {
            unflushedCalls = 0;
            return;
        }
        unflushedCalls++;
        int due = Math.clamp(busyCalls / FLUSH_SHARE, LEAST_FLUSH_CALLS, MOST_FLUSH_CALLS);
        if (idleCalls >= IDLE_CALLS || unflushedCalls >= due) {
            unflushedCalls = 0;
            now.store().flush();
        }
    }

    // Of stores that are not used any more; those that read them still have the files open.
    private void clean() {
        for (Generation old = retired.poll(); old != null; old = retired.poll()) {
            old.store().close();
        }
        Generation now = current;
        if (now != null) {
            numbers(directory).stream()
                    .filter(number -> number < now.number())
                    .forEach(number -> delete(directory.resolve(Integer.toString(number))));
        }
    }

    private static void delete(Path store) {
        try (Stream<Path> files = Files.walk(store)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.log(System.Logger.Level.WARNING, "a store of indexes that is not used any more stays: {0}", e);
        }
    }

    /** Stops rewrites of files; the store is about to close. */
    public void cancelReclaims() {
        Generation now = current;
        if (now != null) {
            now.store().cancelReclaims();
        }
    }

    /** Writes what is only in memory to files; waits some seconds for those who read. */
    @Override
    public void close() {
        List<Generation> open = new ArrayList<>(retired);
        lock.lock();
        try {
            closed = true;
            Generation now = current;
            if (now != null) {
                open.add(now);
            }
        } finally {
            lock.unlock();
        }
        open.forEach(generation -> generation.store().close());
    }

    /** Which databases there are. */
    @FunctionalInterface
    public interface Databases {
        /** Whether there is one of that number, with or without a name. */
        boolean has(int group, int number);
    }
}
