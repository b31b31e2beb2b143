package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Block;
import archipel.changes.FormerHead;
import archipel.command.Command;
import archipel.command.DataCommand;
import archipel.command.GroupCommand;
import archipel.command.HorizonPolicy;
import archipel.command.Lease;
import archipel.command.SystemCommand;
import archipel.command.UnknownFormatException;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.engine.Machines.Replica;
import archipel.engine.Machines.Replica.Entry;
import archipel.engine.SystemCatalog.Nameless;
import archipel.log.LogPosition;
import archipel.merge.MergePolicy;
import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes of two versions share a log while one after the other is upgraded. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FormatRaiseTest {
    private static final Lease LEASE = new Lease("node/run", 70);

    @TempDir
    private Path directory;

    private long index;

    private List<Entry> entries(FormatVersion format, int upload) {
        List<Entry> entries = new ArrayList<>();
        add(entries, 0, new SystemCommand.ReserveDatabase(1, LEASE), format);
        add(entries, 0, new SystemCommand.ReserveDatabase(1, LEASE), format);
        add(entries, 1, new DataCommand.CreateDatabase(upload, "beef", 5, 1000, 1000), format);
        add(entries, 0, new SystemCommand.NameDatabase(upload, "db" + upload, false, FormerHead.NONE), format);
        add(entries, 1, new DataCommand.StageChunk(upload, upload, 0, new byte[] {1, 2}, LEASE), format);
        add(entries, 0, new SystemCommand.DropDatabase("db" + upload, upload, FormerHead.NONE), format);
        return entries;
    }

    private void add(List<Entry> entries, int group, Command<?> command, FormatVersion format) {
        entries.add(Entry.of(group, ++index, 2, command, format));
    }

    private Entry raise(int group, int version) {
        return Entry.of(group, ++index, 2, new GroupCommand.RaiseFormat(version), FormatVersion.V3);
    }

    @Test
    void raise_byOneOfTwoVersions_bothWriteTheSameUntilThen() {
        try (Replica old = new Replica(directory.resolve("old"), FormatVersion.V3);
                Replica upgraded = new Replica(directory.resolve("new"), FormatVersion.V4)) {
            for (Entry entry : entries(FormatVersion.V3, 1)) {
                assertEquals(old.apply(entry), upgraded.apply(entry), entry::toString);
            }
            assertEquals(old.rows(), upgraded.rows());
            assertEquals(8, position(old).length);
            assertEquals("", hex(marker(upgraded, 1)));

            Entry raise = raise(1, 4);
            UnknownFormatException e = assertThrows(UnknownFormatException.class, () -> old.apply(raise));
            assertTrue(e.getMessage().contains("format 4"), e.getMessage());
            assertEquals(old.rows(), upgraded.rows(), "what could not be applied has left nothing");
            upgraded.apply(raise);
            upgraded.apply(raise(0, 4));
            assertEquals(List.of(FormatVersion.V4, FormatVersion.V4), upgraded.raised());
            assertEquals(16, position(upgraded).length);

            entries(FormatVersion.V4, 3).forEach(upgraded::apply);
            assertEquals(LEASE, References.lease(marker(upgraded, 3)));
            assertNotEquals(old.rows(), upgraded.rows());
        }
        try (Replica restarted = new Replica(directory.resolve("new"), FormatVersion.V4)) {
            assertEquals(2, restarted.machine(1).stored().term());
            assertEquals(FormatVersion.V4, restarted.machine(1).catalog().format());
            SystemCatalog.Nameless building = restarted.machine(0).system().findNameless(4);
            assertEquals(LEASE, building.lease());
            assertEquals("db3", restarted.machine(0).system().findNameless(3).name());
            assertEquals("", restarted.machine(0).system().findNameless(1).name(), "dropped before it was raised");
        }
    }

    /** Where a node's rounds end must not be seen in the rows. */
    @Test
    void raise_inTheMiddleOfARound_writesWhatSingleRoundsWrite() {
        List<Entry> entries = new ArrayList<>();
        add(entries, 0, new SystemCommand.ReserveDatabase(1, LEASE), FormatVersion.V3);
        add(entries, 0, new SystemCommand.ReserveDatabase(1, LEASE), FormatVersion.V3);
        entries.add(raise(0, 4));
        add(entries, 0, new SystemCommand.ReserveDatabase(1, LEASE), FormatVersion.V4);
        add(entries, 0, new SystemCommand.RenewDatabase(2, LEASE), FormatVersion.V4);
        try (Replica single = new Replica(directory.resolve("single"), FormatVersion.V4);
                Replica together = new Replica(directory.resolve("together"), FormatVersion.V4)) {
            entries.forEach(single::apply);
            together.applyTogether(entries);
            assertEquals(single.rows(), together.rows());
            assertNotEquals(
                    hex(single.store().get(Family.CATALOG, CatalogKeys.SYSTEM.nameless(1))),
                    hex(single.store().get(Family.CATALOG, CatalogKeys.SYSTEM.nameless(2))));
        }
    }

    @Test
    void raise_toWhatIsThere_changesNothing() {
        try (Replica replica = new Replica(directory, FormatVersion.V4)) {
            replica.apply(raise(1, 4));
            replica.apply(raise(1, 3));
            assertEquals(FormatVersion.V4, replica.machine(1).catalog().format());
            assertEquals(List.of(FormatVersion.V4), replica.raised());
        }
    }

    @Test
    void raiseFormat_toWhatTheNodeDoesNotKnow_isRefused() {
        try (Node node = Node.open(directory, NodeOptions.DEFAULT)) {
            RequestException e =
                    assertThrows(RequestException.class, () -> node.raiseFormat(FormatVersion.NEWEST.number() + 1));
            assertEquals(ErrorCode.UNKNOWN_FORMAT, e.code());
            Edits.put(node.create("db"), "x", null, "{}");
        }
    }

    @Test
    void open_dataOfAnEarlierFormat_isRaisedByACommand() throws Exception {
        long before;
        try (Node node = Node.open(directory, NodeOptions.DEFAULT)) {
            Edits.put(node.create("db"), "x", null, "{}");
            before = node.position().sum();
        }
        lower();
        try (Node node = Node.open(directory, NodeOptions.DEFAULT)) {
            Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> node.format() == FormatVersion.NEWEST);
            assertEquals(DataDirectory.format(), Files.readString(directory.resolve("FORMAT")));
            assertEquals(1, node.database("db").state().documents());
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> node.position().sum() == before + Machines.GROUPS.size());
        }
        try (Node node = Node.open(directory, NodeOptions.DEFAULT)) {
            assertEquals(before + Machines.GROUPS.size(), node.position().sum(), "once is enough");
        }
        assertEquals(List.of(), Checker.check(directory));
    }

    // As the version before V4 left its data, which had no terms and leases and raised no format.
    private void lower() throws Exception {
        Files.writeString(directory.resolve("FORMAT"), "archipel data, format 3\n", StandardCharsets.US_ASCII);
        try (Store store = Store.open(directory.resolve("store"), 1 << 20, 1 << 20);
                Batch batch = store.batch()) {
            for (int group : Machines.GROUPS) {
                CatalogKeys keys = new CatalogKeys(group);
                batch.delete(Family.CATALOG, keys.format());
                byte[] index = new RowReader(store.get(Family.CATALOG, keys.position())).raw(8);
                batch.put(Family.CATALOG, keys.position(), index);
            }
            store.commit(batch);
        }
    }

    @Test
    void open_dataOfALaterFormat_isRefusedByName() {
        Node.open(directory, NodeOptions.DEFAULT).close();
        try (Store store = Store.open(directory.resolve("store"), 1 << 20, 1 << 20);
                Batch batch = store.batch()) {
            byte[] later =
                    new RowWriter(1).varint(FormatVersion.NEWEST.number() + 1).toBytes();
            batch.put(Family.CATALOG, new CatalogKeys(1).format(), later);
            store.commit(batch);
        }
        NodeOpenException e = assertThrows(NodeOpenException.class, () -> Node.open(directory, NodeOptions.DEFAULT));
        assertTrue(
                e.getMessage().contains("newer Archipel (format " + (FormatVersion.NEWEST.number() + 1)),
                e.getMessage());
    }

    private static byte[] position(Replica replica) {
        return replica.store().get(Family.CATALOG, new CatalogKeys(1).position());
    }

    // Of the upload of the database of that number, which has the same.
    private static byte[] marker(Replica replica, int upload) {
        byte[] key = new CatalogKeys(1).upload(upload, upload);
        try (Cursor rows = replica.store().cursor(Family.CATALOG, key, CatalogKeys.after(key))) {
            assertTrue(rows.first());
            return rows.value();
        }
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    /** Rows that are on disks: what was written once is read for ever. */
    @Nested
    class Rows {
        /** Limits, event position, uuid, head 7 with its hash, parent, content, time, seq and counts. */
        private static final String BEGINNING = "05" + "e807" + "e907" + "0c" + "0462656566" + "07" + "68"
                + "01".repeat(32) + "02".repeat(32) + "03".repeat(32) + "ac02" + "09" + "01" + "03" + "04" + "05" + "06"
                // Documents, bytes, purge seq, position.
                + "03" + "04" + "14" + "15" + "16" + "05" + "0d"
                // Policy of ten blocks and one second, horizon, pruned to, compacted to, settled.
                + "02" + "0a" + "e807" + "02" + "01" + "03" + "c801";

        private static final String NAMED = "026462" + BEGINNING;
        private static final String RULES = "0b";
        private static final String RESTARTS = "02" + "02" + "06";
        private static final String FORMER = "08" + "09".repeat(32) + "0a";
        private static final String FREED = "ac02";

        private static DatabaseRow row(int group, long rules, List<Long> restarts, FormerHead former, long freed) {
            Block head = new Block(7, filled(1), filled(2), 300, 9, 1, filled(3), new Block.Totals(3, 4, 5, 6));
            DatabaseRow.Retention retention = new DatabaseRow.Retention(
                    new HorizonPolicy.Newest(10, Duration.ofSeconds(1)), 2, 1, 3, 200, restarts);
            DatabaseState state = new DatabaseState("beef", head, 3, 4, 20, 21, 22, 5, 13);
            return new DatabaseRow(
                    group, 1, 5, state, 1000, 1001, 12, retention, rules, freed, former, MergePolicy.KEEP, 0);
        }

        private static FormerHead former() {
            return new FormerHead(8, filled(9), 10);
        }

        private static byte[] filled(int value) {
            byte[] bytes = new byte[32];
            Arrays.fill(bytes, (byte) value);
            return bytes;
        }

        private static DatabaseRow decode(int group, String hex) {
            return DatabaseRow.decode(group, 1, HexFormat.of().parseHex(hex));
        }

        // Records compare arrays by identity; what they are written as says all of them.
        private static void assertRow(DatabaseRow expected, DatabaseRow row) {
            assertEquals(
                    HexFormat.of().formatHex(expected.encode()), HexFormat.of().formatHex(row.encode()));
            assertEquals(expected.group(), row.group());
        }

        @Test
        void decode_anyRowOfFormat2_saysWhatItHas() {
            FormerHead none = FormerHead.NONE;
            List<Long> restarts = List.of(2L, 6L);
            assertRow(row(0, 0, List.of(), none, 0), decode(0, NAMED));
            assertRow(row(0, 11, List.of(), none, 0), decode(0, NAMED + RULES));
            assertRow(row(0, 11, restarts, none, 0), decode(0, NAMED + RULES + RESTARTS));
            assertRow(row(0, 11, restarts, former(), 0), decode(0, NAMED + RULES + RESTARTS + FORMER));
            assertRow(row(0, 11, restarts, former(), 300), decode(0, NAMED + RULES + RESTARTS + FORMER + FREED));
            assertRow(row(0, 11, List.of(), none, 300), decode(0, NAMED + RULES + "00" + "00" + FREED));
        }

        @Test
        void encode_aRow_givesTheSameBytesForEver() {
            String hex = "00" + BEGINNING + RULES + RESTARTS + FREED + FORMER;
            DatabaseRow row = row(1, 11, List.of(2L, 6L), former(), 300);
            assertEquals(hex, HexFormat.of().formatHex(row.encode()));
            assertRow(row, decode(1, hex));
            DatabaseRow merging = row.withMerge(MergePolicy.NEWEST, 13);
            String policy =
                    hex + "13" + HexFormat.of().formatHex("{\"policy\":\"newest\"}".getBytes(StandardCharsets.UTF_8));
            assertEquals(policy, HexFormat.of().formatHex(merging.encode()));
            assertEquals(MergePolicy.NEWEST, decode(1, policy).merge());
            DatabaseRow stamped = merging.withStamp(300, 13);
            assertEquals(policy + "ac02", HexFormat.of().formatHex(stamped.encode()));
            assertEquals(300, decode(1, policy + "ac02").stampMs());
        }

        @Test
        void decode_bytesTooManyOrTooFew_isCorrupt() {
            String whole = "00" + BEGINNING + RULES + RESTARTS + FREED + FORMER;
            for (String hex : List.of(
                    whole + "00",
                    NAMED + RULES + RESTARTS + FORMER + FREED + "00",
                    whole.substring(0, whole.length() - 2),
                    NAMED.substring(0, NAMED.length() - 2))) {
                StorageException e = assertThrows(StorageException.class, () -> decode(1, hex), hex);
                assertEquals(StorageException.Kind.CORRUPT, e.kind());
            }
        }

        @Test
        void decode_positionsAndNamelessDatabasesOfEachFormat_sayWhatTheyHave() {
            HexFormat hex = HexFormat.of();
            assertEquals(new LogPosition(7, 0), Catalog.position(hex.parseHex("0000000000000007")));
            assertEquals(new LogPosition(7, 9), Catalog.position(hex.parseHex("00000000000000070000000000000009")));
            assertEquals(LogPosition.START, Catalog.position(null));

            Nameless building = new Nameless(5, 1, true, new Lease("n/1", 300), "");
            assertArrayEquals(hex.parseHex("0001" + "01" + "036e2f31"), building.encode(FormatVersion.V3));
            assertArrayEquals(
                    hex.parseHex("0001" + "01" + "036e2f31" + "ac02" + "00"), building.encode(FormatVersion.V4));
            assertEquals(building.in(FormatVersion.V3), Nameless.decode(5, building.encode(FormatVersion.V3)));
            assertEquals(building, Nameless.decode(5, building.encode(FormatVersion.V4)));
            Nameless dropped = new Nameless(5, 1, false, Lease.NONE, "db");
            assertEquals(dropped, Nameless.decode(5, dropped.encode(FormatVersion.V4)));
        }
    }
}
