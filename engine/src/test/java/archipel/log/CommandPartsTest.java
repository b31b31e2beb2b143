package archipel.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import archipel.command.Command;
import archipel.command.CommandCodec;
import archipel.command.DataCommand;
import archipel.command.GroupCommand.Assembled;
import archipel.command.GroupCommand.Once;
import archipel.command.GroupCommand.Part;
import archipel.command.Outcome;
import archipel.command.Refusal;
import archipel.command.UnknownCommandException;
import archipel.document.ErrorCode;
import archipel.storage.Batch;
import archipel.storage.FormatVersion;
import archipel.storage.RowWriter;
import archipel.storage.Store;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that are put together of rows. */
class CommandPartsTest {
    private static final int CACHE_BYTES = 4 << 20;
    private static final DataCommand.Settle SETTLE = new DataCommand.Settle(7, 5);

    @TempDir
    private Path directory;

    private Store store;
    private CommandParts parts;
    private long transfers;

    @BeforeEach
    void open() {
        store = Store.open(directory.resolve("store"), CACHE_BYTES, CACHE_BYTES, Store.Journal.NONE);
        parts = new CommandParts(store, 1);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static byte[] bytes(Command<?> command) {
        return CommandCodec.encode(command, FormatVersion.NEWEST);
    }

    private Command<?> assemble(byte[] whole) {
        long transfer = ++transfers;
        int half = whole.length / 2;
        try (Batch batch = store.batch()) {
            parts.keep(batch, new Part(1, 1, transfer, 0, Arrays.copyOf(whole, half)));
            parts.keep(batch, new Part(1, 1, transfer, 1, Arrays.copyOfRange(whole, half, whole.length)));
            store.commit(batch);
        }
        return parts.assemble(new Assembled<>(1, 1, transfer, 2, whole.length, 0, false));
    }

    @Test
    void assemble_aCommandInTwoParts_isThatCommand() {
        assertEquals(SETTLE, assemble(bytes(SETTLE)));
    }

    /** Members that could not get past them would stop, all of them. */
    @Test
    void assemble_bytesThatAreNoCommand_isRefused() {
        byte[] good = bytes(SETTLE);
        byte[] longer = Arrays.copyOf(good, good.length + 1);
        byte[] shorter = Arrays.copyOf(good, good.length - 1);
        byte[] nested = bytes(new Once<>(1, 1, 1, 0, SETTLE));
        for (byte[] bytes : List.of(longer, shorter, new byte[] {99, 1, 2, 3}, nested)) {
            Refusal refusal = assertThrows(Refusal.class, () -> assemble(bytes));
            assertEquals(new Outcome.Refused<>(ErrorCode.PARTS_MISSING, List.of()), refusal.outcome());
        }
    }

    /** Those that know it have applied it. */
    @Test
    void assemble_aCommandOfANewerProgram_isNotRefused() {
        byte[] newer = new RowWriter(16).text("teleport").varint(1).toBytes();
        assertThrows(UnknownCommandException.class, () -> assemble(newer));
    }
}
