package archipel.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.Revision;
import archipel.storage.RowWriter;
import archipel.storage.StorageException;
import archipel.testkit.Seeded;
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
                byte[] bytes = CommandCodec.encode(command);
                Command<?> read = CommandCodec.decode(bytes);
                assertEquals(command.getClass(), read.getClass());
                assertArrayEquals(bytes, CommandCodec.encode(read), command::toString);
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
                HexFormat.of().formatHex(CommandCodec.encode(write)));
        assertEquals(
                "0f" + hex("create-database") + "01" + "07" + "04" + hex("beef") + "05" + "e807" + "e807",
                HexFormat.of()
                        .formatHex(CommandCodec.encode(new DataCommand.CreateDatabase(7, "beef", 5, 1000, 1000))));
        assertEquals(
                "06" + hex("rewind") + "01" + "07" + "05" + "ac02" + "03".repeat(32) + "8008",
                HexFormat.of().formatHex(CommandCodec.encode(new DataCommand.Rewind(7, 5, 300, filled(3), 1024))));
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
                "SUPERSEDES_TOO_MUCH"
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
                                        .map(command -> kind(CommandCodec.encode(command)))
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
                byte[] bytes = CommandCodec.encode(command);
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
