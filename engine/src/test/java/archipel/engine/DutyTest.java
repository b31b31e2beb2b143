package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.FormerHead;
import archipel.command.Command;
import archipel.command.DataCommand;
import archipel.command.GroupCommand.Duty;
import archipel.command.HorizonPolicy;
import archipel.command.Lease;
import archipel.command.SystemCommand;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.engine.Upkeep.Leases;
import archipel.read.BlockException;
import archipel.read.BlockSelector;
import archipel.read.Consistency;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import archipel.read.Wanted.NamedBlock;
import archipel.storage.CatalogKeys;
import archipel.storage.Family;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a node does without being asked, it does as the leader of the group, for as long as it leads. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DutyTest {
    private static final int DATA = CatalogKeys.DATA_GROUP;
    private static final String OTHER = Lease.ownerOf("another node", "run");
    private static final long LEASE_MS = Leases.DURATION.toMillis();

    @TempDir
    private Path directory;

    private final AtomicLong clock = new AtomicLong(1_000_000);
    private Node node;
    private Database database;

    @BeforeEach
    void open() {
        NodeOptions options = NodeOptions.DEFAULT
                .withDurability(NodeOptions.Durability.OS)
                .withHistory(new HorizonPolicy.Newest(2, Duration.ZERO));
        // Nothing of itself: the tests say when.
        node = Node.openStill(directory, options, Environment.of(() -> Instant.ofEpochMilli(clock.get())));
        database = node.find("db") == null ? node.create("db") : node.database("db");
    }

    @AfterEach
    void close() {
        node.close();
        assertEquals(List.of(), Checker.check(directory));
    }

    private void restart() {
        close();
        open();
    }

    private long term() {
        return node.duties().requireTerm(DATA);
    }

    private static ErrorCode refusal(Runnable work) {
        return assertThrows(RequestException.class, work::run).code();
    }

    private void versions() {
        Revision revision = null;
        for (int i = 0; i < 5; i++) {
            revision = Edits.put(database, "x", revision, "{\"v\":" + i + "}");
        }
    }

    @Test
    void command_ofAnotherTerm_isRefusedAndChangesNothing() {
        versions();
        Command<Void> raise = new DataCommand.RaiseHorizon(database.number(), 3);
        assertEquals(ErrorCode.STALE_TERM, refusal(() -> node.submit(DATA, new Duty<>(term() - 1, raise))));
        assertEquals(ErrorCode.STALE_TERM, refusal(() -> node.submit(DATA, new Duty<>(term() + 1, raise))));
        assertEquals(0, database.horizon().block());
        node.submit(DATA, new Duty<>(term(), raise));
        assertEquals(3, database.horizon().block());
    }

    @Test
    void command_ofAnotherGroup_isRefusedOnEveryNode() {
        assertEquals(ErrorCode.OTHER_GROUP, refusal(() -> node.submit(DATA, new SystemCommand.PutFact("k", "v"))));
        Edits.put(database, "x", null, "{}");
    }

    @Test
    void term_ofEachStart_isGreaterThanTheOneBefore() {
        long first = term();
        restart();
        Edits.put(database, "x", null, "{}");
        long second = term();
        restart();
        assertTrue(first > 0 && first < second && second < term(), first + ", " + second + ", " + term());
        Command<Void> raise = new DataCommand.RaiseHorizon(database.number(), 1);
        assertEquals(ErrorCode.STALE_TERM, refusal(() -> node.submit(DATA, new Duty<>(second, raise))));
    }

    @Test
    void pruneAndSettle_whileAnotherNodeLeads_areLeftToIt() throws InterruptedException {
        versions();
        long term = term();
        node.duties().end(DATA, term);
        database.prune();
        assertEquals(0, database.horizon().block());
        clock.addAndGet(10_000);
        BlockSelector past = new BlockSelector.At(clock.get() - 1);
        assertEquals(ErrorCode.NOT_LEADER, refusal(() -> read(past)));
        node.duties().begin(DATA, term);
        database.prune();
        assertEquals(4, database.horizon().block());
        read(past);
    }

    private void read(BlockSelector selector) {
        try {
            database.door()
                    .open(Wanted.of(selector, Duration.ZERO), Visibility.EVERYTHING)
                    .close();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void work_forWhoeverLeads_isDoneAtEachBeginningAndRefusedAfterTheEnd() {
        List<Long> terms = new ArrayList<>();
        node.whenLeading(term -> {
            synchronized (terms) {
                terms.add(term);
            }
        });
        long term = node.duties().requireTerm(CatalogKeys.SYSTEM_GROUP);
        assertEquals(List.of(term), terms, "leads already");
        node.duties().begin(CatalogKeys.SYSTEM_GROUP, term + 1);
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> {
            synchronized (terms) {
                return terms.equals(List.of(term, term + 1));
            }
        });
        node.inTerm(term, () -> node.create("in time"));
        assertEquals(ErrorCode.STALE_TERM, refusal(() -> node.inTerm(term + 1, () -> node.create("too late"))));
        assertEquals(ErrorCode.STALE_TERM, refusal(() -> node.inTerm(term + 1, () -> node.putFact("k", "v"))));
        assertNull(node.find("too late"));
        assertNull(node.fact("k"));
    }

    @Test
    void writes_withinATerm_areRefusedOnceAnotherNodeLeads() {
        long term = term();
        Runnable put = () -> Edits.put(database, "in term", null, "{}");
        assertEquals(ErrorCode.STALE_TERM, refusal(() -> inTerm(term - 1, put)));
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            assertNull(reader.documents().find("in term"));
        }
        inTerm(term, put);
        // Another group's term says nothing here.
        node.inTerm(term + 1, () -> Edits.put(database, "elsewhere", null, "{}"));
    }

    private void inTerm(long term, Runnable work) {
        database.inTerm(term, () -> {
            work.run();
            return true;
        });
    }

    @Test
    void listener_ofLeadership_hearsOfBeginningsAndEnds() {
        AtomicInteger heard = new AtomicInteger();
        node.onLeadership(heard::incrementAndGet);
        long term = term();
        node.duties().end(DATA, term - 1);
        assertEquals(0, heard.get(), "a former term");
        node.duties().end(DATA, term);
        assertEquals(1, heard.get());
        assertTrue(database.term().isEmpty());
        node.duties().begin(DATA, term);
        assertEquals(2, heard.get());
    }

    private void stage(long upload, String owner, long untilMs) {
        node.submit(
                DATA,
                new DataCommand.StageChunk(database.number(), upload, 0, new byte[5000], new Lease(owner, untilMs)));
    }

    private boolean isThere(long upload) {
        return node.store().get(Family.CATALOG, new CatalogKeys(DATA).upload(database.number(), upload)) != null;
    }

    @Test
    void upload_ofAnotherNode_goesOnceItsLeaseIsOver() {
        stage(7, OTHER, clock.get() + 1000);
        node.upkeep().dropUploads(DATA, clock.get() + 1000);
        assertTrue(isThere(7), "its lease is not over");
        long term = term();
        node.duties().end(DATA, term);
        node.upkeep().dropUploads(DATA, clock.get() + 1001);
        assertTrue(isThere(7), "another node leads");
        node.duties().begin(DATA, term);
        node.upkeep().dropUploads(DATA, clock.get() + 1001);
        assertFalse(isThere(7));
        assertEquals(
                ErrorCode.UPLOAD_EXPIRED,
                refusal(() -> node.submit(
                        DATA,
                        new DataCommand.StageChunk(database.number(), 7, 1, new byte[1], new Lease(OTHER, 1L << 40)))),
                "what comes late would never be given back");
    }

    @Test
    void upload_thatWasRenewedMeanwhile_stays() {
        stage(7, OTHER, 500);
        assertTrue(node.submit(DATA, new DataCommand.RenewUpload(database.number(), 7, new Lease(OTHER, 900))));
        assertFalse(node.submit(DATA, new DataCommand.DropUpload(database.number(), 7, 500)));
        assertTrue(isThere(7));
        assertTrue(node.submit(DATA, new DataCommand.DropUpload(database.number(), 7, 900)));
        assertFalse(node.submit(DATA, new DataCommand.RenewUpload(database.number(), 7, new Lease(OTHER, 1900))));
        assertFalse(isThere(7));
    }

    @Test
    void upload_ofAnEarlierRun_goesWithoutWaitingForItsLease() {
        stage(7, Lease.ownerOf(node.uuid(), "earlier"), 1L << 40);
        stage(8, node.leases().owner(), 1L << 40);
        stage(9, OTHER, 1L << 40);
        node.duties().end(DATA, term());
        node.upkeep().dropUploads(DATA, clock.get());
        assertFalse(isThere(7));
        assertTrue(isThere(8) && isThere(9));
    }

    @Test
    void upload_underWayForLong_isRenewed() throws Exception {
        try (AttachmentUpload upload = database.upload()) {
            upload.receive("a", "text/plain", null, new ByteArrayInputStream(new byte[10]), 100);
            List<Long> uploads = uploads();
            assertEquals(1, uploads.size());
            clock.addAndGet(LEASE_MS / 2);
            node.leases().renew();
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> leaseEnd(uploads.getFirst()) == clock.get() + LEASE_MS);
            long position = node.position().sum();
            node.leases().renew();
            assertEquals(position, node.position().sum(), "nothing is due");
            clock.addAndGet(-LEASE_MS / 2);
            node.leases().renew();
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> leaseEnd(uploads.getFirst()) == clock.get() + LEASE_MS);
        }
        clock.addAndGet(LEASE_MS);
        long position = node.position().sum();
        node.leases().renew();
        assertEquals(position, node.position().sum(), "nothing is under way");
    }

    private List<Long> uploads() {
        return node.leases().uploads();
    }

    private long leaseEnd(long upload) {
        byte[] marker = node.store().get(Family.CATALOG, new CatalogKeys(DATA).upload(database.number(), upload));
        return References.lease(marker).untilMs();
    }

    @Test
    void databaseBeingBuilt_byAnotherNode_goesOnceItsLeaseIsOver() {
        long term = node.duties().requireTerm(CatalogKeys.SYSTEM_GROUP);
        int number = Math.toIntExact(
                node.submit(new SystemCommand.ReserveDatabase(DATA, new Lease(OTHER, clock.get() + 1000))));
        node.submit(DATA, new DataCommand.CreateDatabase(number, "beef", 1, 1000, 1000));
        clock.addAndGet(1000);
        node.steps().tendOwn();
        node.steps().tendShared(CatalogKeys.SYSTEM_GROUP, term);
        assertNotNull(node.group(DATA).find(number));
        clock.addAndGet(1);
        node.steps().tendShared(CatalogKeys.SYSTEM_GROUP, term);
        assertNull(node.group(DATA).find(number));
        assertTrue(node.group(CatalogKeys.SYSTEM_GROUP)
                .machine()
                .system()
                .namelessDatabases()
                .isEmpty());
    }

    @Test
    void databaseBeingBuilt_thatWasRenewedMeanwhile_stays() {
        int number = Math.toIntExact(node.submit(new SystemCommand.ReserveDatabase(DATA, new Lease(OTHER, 500))));
        node.submit(DATA, new DataCommand.CreateDatabase(number, "beef", 1, 1000, 1000));
        node.submit(new SystemCommand.RenewDatabase(number, new Lease(OTHER, 900)));
        node.submit(new SystemCommand.AbandonDatabase(number, 500));
        node.submit(new SystemCommand.NameDatabase(number, "built", false, FormerHead.NONE));
        assertNotNull(node.find("built"));
    }

    @Test
    void databaseBeingBuilt_byAnEarlierRun_goesWithoutWaitingForItsLease() {
        String earlier = Lease.ownerOf(node.uuid(), "earlier");
        int number =
                Math.toIntExact(node.submit(new SystemCommand.ReserveDatabase(DATA, new Lease(earlier, 1L << 40))));
        node.submit(DATA, new DataCommand.CreateDatabase(number, "beef", 1, 1000, 1000));
        node.steps().tendOwn();
        node.steps().tendShared(CatalogKeys.SYSTEM_GROUP, node.duties().requireTerm(CatalogKeys.SYSTEM_GROUP));
        assertNull(node.group(DATA).find(number));
    }

    /** What is written between the drop and the erasure is known to the next database of the name. */
    @Test
    void head_ofADroppedDatabase_isTheOneItHadWhenItsRowsWent() {
        Revision revision = Edits.put(database, "x", null, "{}");
        int number = database.number();
        node.submit(new SystemCommand.DropDatabase("db", number, database.formerHead()));
        // By somebody who had found it before.
        for (int i = 0; i < 3; i++) {
            revision = Edits.put(database, "x", revision, "{\"late\":" + i + "}");
        }
        Database next = node.create("db");
        byte[] last = database.state().head().hash();
        assertFalse(isFormerHead(next, 4, last));
        node.steps().tendShared(CatalogKeys.SYSTEM_GROUP, node.duties().requireTerm(CatalogKeys.SYSTEM_GROUP));
        assertTrue(isFormerHead(next, 4, last));
        restart();
        assertTrue(isFormerHead(database, 4, last));
        node.delete("db");
        database = node.create("db");
        assertTrue(isFormerHead(database, 4, last));
    }

    /** Whoever had the rows deleted may have died before it could say how far the database had come. */
    @Test
    void head_ofADatabaseErasedBeforeAKill_isRemembered() {
        Edits.put(database, "x", null, "{}");
        int number = database.number();
        FormerHead dropped = database.formerHead();
        node.submit(new SystemCommand.DropDatabase("db", number, dropped));
        Edits.put(database, "y", null, "{}");
        byte[] last = database.state().head().hash();
        FormerHead head = node.submit(DATA, new DataCommand.EraseDatabase(number));
        assertEquals(2, head.block());
        restart();
        node.steps().forgetErased(DATA);
        assertEquals(List.of(number), DatabaseSteps.erased(node.group(DATA)), "it is still to be told");
        node.steps().tendShared(CatalogKeys.SYSTEM_GROUP, node.duties().requireTerm(CatalogKeys.SYSTEM_GROUP));
        assertTrue(isFormerHead(database, 2, last));
        long term = term();
        node.duties().end(DATA, term);
        node.steps().forgetErased(DATA);
        assertEquals(List.of(number), DatabaseSteps.erased(node.group(DATA)), "another node leads");
        node.duties().begin(DATA, term);
        node.steps().forgetErased(DATA);
        assertEquals(List.of(), DatabaseSteps.erased(node.group(DATA)));
        assertEquals(ErrorCode.NO_DATABASE, refusal(() -> node.submit(DATA, new DataCommand.EraseDatabase(number))));
    }

    private static boolean isFormerHead(Database of, long number, byte[] hash) {
        Wanted named = new Wanted(
                BlockSelector.LATEST, List.of(new NamedBlock(number, hash, "former")), Duration.ZERO, Consistency.ANY);
        try {
            of.door().open(named, Visibility.EVERYTHING).close();
            return false;
        } catch (BlockException e) {
            assertEquals(BlockException.Kind.UNKNOWN, e.kind());
            return true;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
