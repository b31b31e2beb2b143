package archipel.command;

import static archipel.storage.FormatVersion.NEWEST;
import static archipel.storage.FormatVersion.V3;
import static archipel.storage.FormatVersion.V4;
import static archipel.storage.FormatVersion.V5;
import static archipel.storage.FormatVersion.V6;
import static archipel.storage.FormatVersion.V7;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.FormerHead;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import archipel.document.RevisionPath;
import archipel.document.RevisionTree;
import archipel.merge.MergePolicy;
import archipel.storage.FormatVersion;
import archipel.storage.RowWriter;
import archipel.storage.StorageException;
import archipel.testkit.Seeded;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandCodecTest {
    @Test
    void encode_anyCommand_isReadBackAsItWas() {
        Seeded.check(200, random -> {
            for (Command<?> command : new Commands(random).all()) {
                byte[] bytes = CommandCodec.encode(command, NEWEST);
                Command<?> read = CommandCodec.decode(bytes);
                assertSame(command, read, "");
                assertArrayEquals(bytes, CommandCodec.encode(read, NEWEST), command::toString);
                assertEquals(command.relieves(), read.relieves());
                assertEquals(command.bytes(), read.bytes());
            }
        });
    }

    @Test
    void encode_anyOutcome_isReadBackAsItWas() {
        Seeded.check(200, random -> {
            for (Outcome<?> outcome : new Commands(random).outcomes()) {
                byte[] bytes = AnswerCodec.encode(outcome);
                assertSame(outcome, AnswerCodec.decode(bytes), "");
                assertArrayEquals(bytes, AnswerCodec.encode(AnswerCodec.decode(bytes)), outcome::toString);
            }
        });
    }

    /** What is in a log must be readable for ever: a change of these bytes takes a new version. */
    @Test
    void encode_knownCommand_givesTheSameBytesForEver() {
        DocumentEdit edit = new DocumentEdit.Update(
                "ouessant",
                new Revision(1, "a"),
                false,
                new DocumentBody(Commands.utf8("{\"n\":1}"), List.of()),
                filled(1));
        Command<?> write = new DataCommand.WriteDocuments(
                7, 1_700_000_000_000L, List.of(new DataCommand.Edit(edit, filled(2))), false, List.of(), 300);
        assertEquals(
                "0f" + hex("write-documents") + "01" + "07" + "80d095ffbc31" + "00" + "ad02"
                        + "01" + "01" + "08" + hex("ouessant") + "01" + "01" + hex("a") + "00" + "01".repeat(32)
                        + "00" + "07" + hex("{\"n\":1}") + "02".repeat(32)
                        + "00",
                HexFormat.of().formatHex(CommandCodec.encode(write, V4)));
        assertEquals(
                "0f" + hex("create-database") + "01" + "07" + "04" + hex("beef") + "05" + "e807" + "e807",
                HexFormat.of()
                        .formatHex(
                                CommandCodec.encode(new DataCommand.CreateDatabase(7, "beef", 5, 1000, 1000), NEWEST)));
        assertEquals(
                "06" + hex("rewind") + "01" + "07" + "05" + "ac02" + "03".repeat(32) + "8008",
                HexFormat.of()
                        .formatHex(CommandCodec.encode(new DataCommand.Rewind(7, 5, 300, filled(3), 1024), NEWEST)));
        assertEquals(
                "07" + hex("refused") + "01" + "0b" + hex("NO_DATABASE") + "00",
                HexFormat.of().formatHex(AnswerCodec.encode(new Outcome.Refused<>(ErrorCode.NO_DATABASE, List.of()))));
    }

    /** What a command can be refused with is in logs: these names are never given up. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "NO_DATABASE",
                "DATABASE_EXISTS",
                "CONFLICT",
                "ATTACHMENT_NOT_STORED",
                "REVISION_LAST",
                "SUPERSEDES_TOO_MUCH",
                "STALE_TERM",
                "FORMER_RUN",
                "APPLIED_BEFORE",
                "OUT_OF_ORDER",
                "FORMAT_TOO_OLD",
                "NO_GROUP",
                "OTHER_GROUP",
                "UPLOAD_EXPIRED",
                "DOCUMENT_COPIED",
                "BLOCK_READABLE",
                "NO_REVISIONS_KEPT",
                "REWIND_TOO_LARGE",
                "BLOCK_UNKNOWN",
                "BLOCK_PRUNED",
                "LOCK_NOT_HELD",
                "TOO_MANY_LOCKS",
                "TOO_MANY_LOCKS_OF_USER",
                "FENCED",
                "FENCE_FORGOTTEN",
                "NO_TOPIC",
                "TOO_MANY_TOPICS"
            })
    void decode_refusalOfAnyVersion_isKnown(String name) {
        byte[] bytes = new RowWriter(16)
                .text("refused")
                .varint(1)
                .text(name)
                .varint(1)
                .text("x")
                .toBytes();
        assertEquals(new Outcome.Refused<>(ErrorCode.valueOf(name), List.of("x")), AnswerCodec.decode(bytes));
    }

    /** Nodes of both versions write what the older one reads, until the group is raised. */
    @Test
    void encode_olderFormat_saysWhatThatFormatHas() {
        Lease lease = new Lease("n/1", 5);
        assertBytes(
                "reserve-database", "01" + "01" + "03" + hex("n/1"), new SystemCommand.ReserveDatabase(1, lease), V3);
        assertBytes(
                "reserve-database",
                "02" + "01" + "03" + hex("n/1") + "05",
                new SystemCommand.ReserveDatabase(1, lease),
                V4);
        assertBytes(
                "reserve-database",
                "03" + "01" + "10" + "03" + hex("n/1") + "05",
                new SystemCommand.ReserveDatabase(1, 16, lease),
                V6);
        assertEquals(
                new SystemCommand.ReserveDatabase(1, 1, lease),
                CommandCodec.decode(CommandCodec.encode(new SystemCommand.ReserveDatabase(1, lease), V5)));
        assertThrows(
                RequestException.class, () -> CommandCodec.encode(new SystemCommand.ReserveDatabase(1, 2, lease), V5));
        assertBytes("forget-database", "01" + "07", new SystemCommand.ForgetDatabase(7, FormerHead.NONE), V3);
        assertBytes("forget-database", "02" + "07" + "00", new SystemCommand.ForgetDatabase(7, FormerHead.NONE), V4);
        assertBytes("abandon-database", "01" + "07", new SystemCommand.AbandonDatabase(7, 5), V3);
        assertBytes("abandon-database", "02" + "07" + "05", new SystemCommand.AbandonDatabase(7, 5), V4);
        assertBytes("drop-upload", "01" + "07" + "0000000000000009", new DataCommand.DropUpload(7, 9, 5), V3);
        assertBytes("drop-upload", "02" + "07" + "0000000000000009" + "05", new DataCommand.DropUpload(7, 9, 5), V4);
        Command<?> chunk = new DataCommand.StageChunk(7, 9, 0, new byte[] {1}, lease);
        assertBytes("stage-chunk", "01" + "07" + "0000000000000009" + "00" + "01" + "01", chunk, V3);
        assertBytes(
                "stage-chunk",
                "02" + "07" + "0000000000000009" + "00" + "01" + "01" + "03" + hex("n/1") + "05",
                chunk,
                V4);
        DataCommand.StageChunk read = (DataCommand.StageChunk) CommandCodec.decode(CommandCodec.encode(chunk, V3));
        assertEquals(Lease.NONE, read.lease());
        SystemCommand.AbandonDatabase abandon = (SystemCommand.AbandonDatabase)
                CommandCodec.decode(CommandCodec.encode(new SystemCommand.AbandonDatabase(7, 5), V3));
        assertEquals(Long.MAX_VALUE, abandon.untilMs());
        Command<?> duty = new GroupCommand.Duty<>(3, new DataCommand.RaiseHorizon(7, 9));
        assertBytes("duty", "01" + "03" + "0d" + hex("raise-horizon") + "01" + "07" + "09", duty, V4);
        assertThrows(RequestException.class, () -> CommandCodec.encode(duty, V3));
        assertBytes("forget-erased", "01" + "07", new DataCommand.ForgetErased(7), V4);
        assertThrows(RequestException.class, () -> CommandCodec.encode(new DataCommand.ForgetErased(7), V3));
        assertBytes("raise-format", "01" + "04", new GroupCommand.RaiseFormat(4), V3);
    }

    @Test
    void encode_resolution_isOfTheFormatThatHasRowsForConflicts() {
        Revision winner = new Revision(2, "a");
        DocumentEdit.Update result = new DocumentEdit.Update(
                "ile", winner, false, new DocumentBody(Commands.utf8("{}"), List.of()), filled(1));
        DocumentEdit resolution = new DocumentEdit.Resolution(
                "ile", List.of(winner, new Revision(1, "b")), List.of(new Revision(1, "b")), result, null);
        Command<?> write = new DataCommand.WriteDocuments(
                7, 5, List.of(new DataCommand.Edit(resolution, filled(2))), false, List.of(), 300);
        assertBytes(
                "write-documents",
                "02" + "07" + "05" + "00" + "ad02" + "01"
                        + "03" + "03" + hex("ile") + "02" + "02" + "01" + hex("a") + "01" + "01" + hex("b")
                        + "01" + "01" + "01" + hex("b") + "01"
                        + "01" + "03" + hex("ile") + "02" + "01" + hex("a") + "00" + "01".repeat(32)
                        + "00" + "02" + hex("{}") + "00" + "02".repeat(32)
                        + "00",
                write,
                V5);
        assertThrows(RequestException.class, () -> CommandCodec.encode(write, V4));
        DocumentEdit stamped = new DocumentEdit.Replicated(
                "ile",
                new RevisionPath(2, List.of("a"), new Stamp(300, "00000000000000ff")),
                false,
                new DocumentBody(Commands.utf8("{}"), List.of()));
        Command<?> replicated = new DataCommand.WriteDocuments(
                7, 5, List.of(new DataCommand.Edit(stamped, filled(2))), false, List.of(), 300);
        assertBytes(
                "write-documents",
                "02" + "07" + "05" + "00" + "ad02" + "01"
                        + "04" + "03" + hex("ile") + "02" + "01" + "01" + hex("a") + "ac02" + "01" + "00000000000000ff"
                        + "00" + "00" + "02" + hex("{}") + "02".repeat(32) + "00",
                replicated,
                V5);
        assertThrows(RequestException.class, () -> CommandCodec.encode(replicated, V4));
        Command<?> merge = new DataCommand.SetMerge(7, MergePolicy.FIELDS);
        assertBytes("set-merge", "01" + "07" + "13" + hex("{\"policy\":\"fields\"}"), merge, V5);
        assertThrows(RequestException.class, () -> CommandCodec.encode(merge, V4));
    }

    @Test
    void encode_aCommandToApplyOnce_isOfTheFormatThatHasWindows() {
        Command<?> settle = new DataCommand.Settle(7, 5);
        Command<?> once = new GroupCommand.Once<>(-2, 3, 300, 299, new GroupCommand.Duty<>(4, settle));
        assertBytes(
                "once",
                "01" + "fffffffffffffffe" + "03" + "ac02" + "ab02" + "04" + hex("duty") + "01" + "04" + "06"
                        + hex("settle") + "01" + "07" + "05",
                once,
                V6);
        assertSame(once, CommandCodec.decode(CommandCodec.encode(once, V6)), "");
        assertThrows(RequestException.class, () -> CommandCodec.encode(once, V5));
        Command<?> forget = new GroupCommand.ForgetOrigin(-2);
        assertBytes("forget-origin", "01" + "fffffffffffffffe", forget, V6);
        assertThrows(RequestException.class, () -> CommandCodec.encode(forget, V5));
    }

    private static RowWriter duty(RowWriter out) {
        return out.text("duty").varint(1).varint(1);
    }

    private static RowWriter once(RowWriter out) {
        return out.text("once").varint(1).u64(1).varint(1).varint(1).varint(0);
    }

    @Test
    void decode_aCommandToApplyOnceInAnother_isRefused() {
        for (RowWriter nested : List.of(
                once(once(new RowWriter(64))), once(duty(new RowWriter(64))), once(duty(once(new RowWriter(64)))))) {
            byte[] bytes = nested.text("compact").varint(1).varint(1).toBytes();
            assertThrows(StorageException.class, () -> CommandCodec.decode(bytes));
        }
        GroupCommand.Once<?> once = new GroupCommand.Once<>(1, 1, 1, 0, new DataCommand.Settle(7, 5));
        assertThrows(IllegalArgumentException.class, () -> new GroupCommand.Once<>(1, 1, 1, 0, once));
        assertThrows(IllegalArgumentException.class, () -> new GroupCommand.Duty<>(1, once));
    }

    @Test
    void encode_locksFencesAndTopics_areOfTheFormatThatHasThem() {
        assertBytes(
                "renew-lock",
                "01" + "01" + hex("a") + "ac02" + "01" + hex("u") + "00" + "05" + "07",
                new LockCommand.Renew("a", 300, "u", false, 5, 7),
                V7);
        DataCommand<Void> settle = new DataCommand.Settle(7, 5);
        DataCommand.Fenced<?> fenced = new DataCommand.Fenced<>(List.of(new Fence("a", 300)), settle);
        assertBytes(
                "fenced",
                "01" + "01" + "01" + hex("a") + "ac02" + "06" + hex("settle") + "01" + "07" + "05",
                fenced,
                V7);
        assertBytes(
                "publish",
                "01" + "03" + "00" + "01" + hex("k") + "01" + hex("1") + "02" + "03" + "04" + "05",
                new TopicCommand.Publish(3, 0, "k", Commands.utf8("1"), new Retention(2, 3, 4), 5),
                V7);
        assertThrows(RequestException.class, () -> CommandCodec.encode(fenced, V6));
        assertThrows(
                IllegalArgumentException.class, () -> new DataCommand.Fenced<>(List.of(new Fence("b", 1)), fenced));
    }

    private static RowWriter fenced(RowWriter out) {
        return out.text("fenced").varint(1).varint(1).text("a").varint(1);
    }

    @Test
    void decode_aFencedCommandOfAnotherKind_isRefused() {
        for (RowWriter nested : List.of(
                fenced(fenced(new RowWriter(64))), duty(fenced(new RowWriter(64))), once(fenced(new RowWriter(64))))) {
            byte[] bytes = nested.text("compact").varint(1).varint(1).toBytes();
            assertThrows(StorageException.class, () -> CommandCodec.decode(bytes));
        }
    }

    @Test
    void decode_aNumberThatIsNone_isRefused() {
        for (List<Long> fields : List.of(
                List.of(1L, 0L, 0L), List.of(1L, 2L, 2L), List.of(-1L, 2L, 1L), List.of(1L, 1L + (1L << 62), 0L))) {
            RowWriter out = new RowWriter(64).text("once").varint(1).u64(1);
            fields.forEach(out::varint);
            byte[] bytes = out.text("compact").varint(1).varint(1).toBytes();
            assertThrows(StorageException.class, () -> CommandCodec.decode(bytes), fields::toString);
        }
    }

    private static void assertBytes(String kind, String fields, Command<?> command, FormatVersion format) {
        assertEquals(
                HexFormat.of().toHexDigits((byte) kind.length()) + hex(kind) + fields,
                HexFormat.of().formatHex(CommandCodec.encode(command, format)));
    }

    @Test
    void decode_aDutyInADuty_isRefused() {
        byte[] nested = new RowWriter(64)
                .text("duty")
                .varint(1)
                .varint(1)
                .text("duty")
                .varint(1)
                .varint(1)
                .text("compact")
                .varint(1)
                .varint(1)
                .toBytes();
        assertThrows(StorageException.class, () -> CommandCodec.decode(nested));
    }

    @Test
    void kinds_allCommands_haveNamesOfTheirOwn() {
        List<String> names =
                Arrays.stream(CommandKind.values()).map(CommandKind::text).toList();
        assertEquals(names.size(), names.stream().distinct().count());
        Seeded.check(
                1,
                random -> assertEquals(
                        names.stream().collect(Collectors.toSet()),
                        new Commands(random)
                                .all().stream()
                                        .map(command -> kind(CommandCodec.encode(command, NEWEST)))
                                        .collect(Collectors.toSet())));
    }

    @Test
    void decode_newerCommand_isNamed() {
        byte[] newer = new RowWriter(16).text("compact").varint(2).varint(1).toBytes();
        UnknownCommandException version = assertThrows(UnknownCommandException.class, () -> CommandCodec.decode(newer));
        assertEquals("compact", version.kind());
        assertEquals(2, version.version());
        byte[] unknown = new RowWriter(16).text("teleport").varint(1).toBytes();
        UnknownCommandException kind = assertThrows(UnknownCommandException.class, () -> CommandCodec.decode(unknown));
        assertTrue(kind.getMessage().contains("teleport"), kind.getMessage());
        byte[] answer = new RowWriter(16)
                .text("refused")
                .varint(1)
                .text("TOO_NEW")
                .varint(0)
                .toBytes();
        assertThrows(UnknownCommandException.class, () -> AnswerCodec.decode(answer));
    }

    /** Bytes that were cut or changed are an error of these two kinds, whatever they are. */
    @Test
    void decode_damagedBytes_areRefused() {
        Seeded.check(100, random -> {
            for (Command<?> command : new Commands(random).all()) {
                byte[] bytes = CommandCodec.encode(command, NEWEST);
                byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length));
                assertThrows(StorageException.class, () -> CommandCodec.decode(cut), command::toString);
                byte[] more = Arrays.copyOf(bytes, bytes.length + 1);
                assertThrows(StorageException.class, () -> CommandCodec.decode(more), command::toString);
                byte[] changed = bytes.clone();
                changed[random.nextInt(bytes.length)] ^= (byte) (1 + random.nextInt(255));
                try {
                    CommandCodec.decode(changed);
                } catch (StorageException | UnknownCommandException refused) {
                    // Which of the two depends on the byte.
                    continue;
                }
            }
        });
    }

    /** Bytes of an answer that were cut or changed, likewise. */
    @Test
    void decode_damagedAnswers_areRefused() {
        Seeded.check(100, random -> {
            for (Outcome<?> outcome : new Commands(random).outcomes()) {
                byte[] bytes = AnswerCodec.encode(outcome);
                byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length));
                assertThrows(StorageException.class, () -> AnswerCodec.decode(cut), outcome::toString);
                byte[] more = Arrays.copyOf(bytes, bytes.length + 1);
                assertThrows(StorageException.class, () -> AnswerCodec.decode(more), outcome::toString);
                byte[] changed = bytes.clone();
                changed[random.nextInt(bytes.length)] ^= (byte) (1 + random.nextInt(255));
                try {
                    AnswerCodec.decode(changed);
                } catch (StorageException | UnknownCommandException refused) {
                    // Which of the two depends on the byte.
                    continue;
                }
            }
        });
    }

    // Deeply: records compare arrays by their identity.
    private static void assertSame(Object expected, Object actual, String where) {
        switch (expected) {
            case null -> assertNull(actual, where);
            case byte[] bytes -> assertArrayEquals(bytes, (byte[]) actual, where);
            case List<?> list -> {
                List<?> others = assertInstanceOf(List.class, actual, where);
                assertEquals(list.size(), others.size(), where);
                for (int i = 0; i < list.size(); i++) {
                    assertSame(list.get(i), others.get(i), where + "[" + i + "]");
                }
            }
            case RevisionTree tree -> assertArrayEquals(tree.encode(), ((RevisionTree) actual).encode(), where);
            case Record record -> {
                assertEquals(record.getClass(), actual.getClass(), where);
                for (RecordComponent component : record.getClass().getRecordComponents()) {
                    assertSame(value(component, record), value(component, actual), where + "." + component.getName());
                }
            }
            default -> assertEquals(expected, actual, where);
        }
    }

    private static Object value(RecordComponent component, Object record) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private static String kind(byte[] bytes) {
        return new String(bytes, 1, bytes[0], java.nio.charset.StandardCharsets.UTF_8);
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(Commands.utf8(text));
    }

    private static byte[] filled(int value) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }
}
