package archipel.ensemble;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Threads;
import archipel.consensus.Completion;
import archipel.consensus.Confirmation;
import archipel.consensus.Consensus;
import archipel.consensus.Membership;
import archipel.consensus.Proposal;
import archipel.consensus.Replica;
import archipel.consensus.Standing;
import archipel.health.Health;
import archipel.log.BatchRunner;
import archipel.log.Chains;
import archipel.log.Duties;
import archipel.log.LogContext;
import archipel.log.LogOptions;
import archipel.log.LogPosition;
import archipel.log.StateMachine;
import archipel.storage.Batch;
import archipel.storage.FormatVersion;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a group does with images, step by step. */
class ReplicatedGroupTest {
    private static final int CACHE_BYTES = 4 << 20;

    @TempDir
    private Path directory;

    private Store store;
    private final Counter machine = new Counter();
    private final Follower consensus = new Follower();
    private Home home;
    private ReplicatedGroup group;

    @BeforeEach
    void open() {
        store = Store.open(directory.resolve("store"), CACHE_BYTES, CACHE_BYTES, Store.Journal.NONE);
        home = new Home(store, machine);
        group = new ReplicatedGroup(1, machine, home);
        group.join(consensus);
    }

    @AfterEach
    void close() {
        store.close();
    }

    /** The library counts an image as applied a moment after it was put in place, as {@link Follower} never does. */
    @Test
    void rebuild_afterTheLibraryHasInstalledANewerImage_keepsThat() {
        home.setAside = true;
        group.beginRebuild(consensus);
        group.install(Path.of("2000"));
        assertFalse(home.setAside);
        assertTrue(group.rebuild(consensus, Path.of("1000"), 1000));
        assertEquals(2000, machine.stored().index());
    }

    @Test
    void rebuild_fromAnImageOlderThanTheInstalledOne_isRefused() {
        home.setAside = true;
        group.beginRebuild(consensus);
        group.install(Path.of("2000"));
        // An admin wants it once more, just then.
        home.setAside = true;
        assertFalse(group.rebuild(consensus, Path.of("1000"), 1000));
        assertEquals(2000, machine.stored().index());
    }

    @Test
    void goOn_afterWhatWasDelivered_appliesThatFromTheLog() {
        home.setAside = true;
        group.apply(new Skipped(7));
        assertFalse(group.goOn(() -> home.setAside = false));
        assertTrue(home.setAside);
        consensus.logged = new Skipped(0);
        assertTrue(group.goOn(() -> home.setAside = false));
        assertFalse(home.setAside);
        assertEquals("0-7 0-7 ", consensus.asked);
    }

    @Test
    void persist_whileTheLogHasWhatTheGroupLacks_isRefused() {
        AtomicReference<String> failure = new AtomicReference<>("not called");
        group.persist(failure::set);
        assertNull(failure.get());
        home.setAside = true;
        group.persist(failure::set);
        assertNotNull(failure.get());
    }

    /** Entries that nobody reads. */
    private static final class Skipped implements Replica.Entries {
        private final long last;
        private long index;

        Skipped(long last) {
            this.last = last;
        }

        @Override
        public boolean next() {
            return index++ < last;
        }

        @Override
        public long index() {
            return index;
        }

        @Override
        public long term() {
            return 1;
        }

        @Override
        public ByteBuffer data() {
            throw new UnsupportedOperationException("nobody reads what is skipped");
        }

        @Override
        public @Nullable Proposal proposal() {
            return null;
        }
    }

    private static <T> T answering(Class<T> type, @Nullable Object answer) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> answer));
    }

    /** Knows how far it has come; an image's directory is called after that. */
    private static final class Counter implements StateMachine {
        private LogPosition stored = LogPosition.START;

        @Override
        public LogPosition stored() {
            return stored;
        }

        @Override
        public LogPosition persisted() {
            return stored;
        }

        @Override
        public Round begin(Batch batch) {
            throw new UnsupportedOperationException("no command is applied here");
        }

        @Override
        public Codec codec() {
            return answering(Codec.class, FormatVersion.NEWEST);
        }

        @Override
        public Chains chains() {
            return answering(Chains.class, null);
        }

        @Override
        public void persist() {}

        @Override
        public Saved save() {
            throw new UnsupportedOperationException("no image is made here");
        }

        @Override
        public @Nullable Publication load(Path image) {
            return index(image) <= stored.index() ? null : replace(image);
        }

        @Override
        public Publication replace(Path image) {
            stored = new LogPosition(index(image), 1);
            return () -> {};
        }

        private static long index(Path image) {
            return Long.parseLong(image.toString());
        }
    }

    /** Of a member whose log begins after what it has applied. */
    private static final class Follower implements Consensus {
        private Replica.@Nullable Entries logged;
        private String asked = "";

        @Override
        public void propose(ByteBuffer entry, Proposal proposal) {}

        @Override
        public void confirm(Confirmation confirmation) {}

        @Override
        public void announce() {}

        @Override
        public Standing standing() {
            Membership members = new Membership(new TreeSet<>(Set.of("a", "b")), new TreeSet<>());
            return new Standing(Standing.Role.FOLLOWER, "b", 1, 0, 0, 0, members);
        }

        @Override
        public void compact() {}

        @Override
        public void transfer(String member, Completion done) {}

        @Override
        public void transfer(Completion done) {}

        @Override
        public void change(Membership membership, Completion done) {}

        @Override
        public void force(Membership membership) {}

        @Override
        public void electAfter(Duration silence) {}

        @Override
        public void stand(boolean whether) {}

        @Override
        public Replica.@Nullable Entries entries(long after, long last) {
            asked += after + "-" + last + " ";
            return logged;
        }

        @Override
        public TakenImage take(String member) {
            throw new UnsupportedOperationException("no image is fetched here");
        }

        @Override
        public void close() {}
    }

    private static final class Home implements ReplicatedGroup.Home {
        private final LogContext context;
        private boolean setAside;

        Home(Store store, StateMachine machine) {
            context = new LogContext(
                    Map.of(1, machine),
                    new BatchRunner(store, StoreSnapshot::release, 1 << 14),
                    new Duties(),
                    new LogOptions(true, 1 << 14, 1 << 20, Duration.ZERO),
                    Threads.PLATFORM,
                    () -> Instant.EPOCH,
                    new Health(),
                    Path.of("nowhere"),
                    null);
        }

        @Override
        public String member() {
            return "a";
        }

        @Override
        public Origin origin() {
            return new Origin(1, 1);
        }

        @Override
        public LogContext context() {
            return context;
        }

        @Override
        public ReplicatedLog.Patience patience() {
            return ReplicatedLog.Patience.DEFAULT;
        }

        @Override
        public long steadyMs() {
            return 0;
        }

        @Override
        public void later(int delayMs, Runnable work) {}

        @Override
        public void forward(String leader, int number, ByteBuffer command, ReplicatedGroup.Forwarding forwarding) {}

        @Override
        public void persist(Completion done) {
            done.done(null);
        }

        @Override
        public Path imageDirectory(int number) {
            return Path.of("nowhere");
        }

        @Override
        public void elected(int number, String leader, long term) {}

        @Override
        public void ceased(int number, long term) {}

        @Override
        public boolean isClosing() {
            return false;
        }

        @Override
        public void stopped(int number, String reason, boolean again) {}

        @Override
        public boolean isSetAside(int number) {
            return setAside;
        }

        @Override
        public void replaced(int number) {
            setAside = false;
        }
    }
}
