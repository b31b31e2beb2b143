package archipel.ensemble;

import archipel.command.Command;
import archipel.log.StateMachine;
import java.nio.ByteBuffer;

/**
 * A command as it stands in a group's log: the version of this form (a byte), the leader's clock when it gave the
 * command its place (milliseconds since the epoch, eight bytes), then the command's own bytes. So a leader stamps what
 * others have sent without encoding it again.
 */
final class LogRecord {
    private static final byte VERSION = 1;
    private static final int HEAD = 9;

    private LogRecord() {}

    static ByteBuffer of(long timeMs, ByteBuffer command) {
        ByteBuffer entry = ByteBuffer.allocate(HEAD + command.remaining());
        return entry.put(VERSION).putLong(timeMs).put(command.duplicate()).flip();
    }

    /** The clock of who has led when the command got its place. */
    static long timeMs(ByteBuffer entry) {
        requireVersion(entry);
        return entry.getLong(entry.position() + 1);
    }

    /** The command with that time. */
    static Command<?> command(ByteBuffer entry, StateMachine.Codec codec) {
        long timeMs = timeMs(entry);
        byte[] command = new byte[entry.remaining() - HEAD];
        entry.get(entry.position() + HEAD, command);
        return codec.decode(command).stamped(timeMs);
    }

    private static void requireVersion(ByteBuffer entry) {
        if (entry.remaining() < HEAD || entry.get(entry.position()) != VERSION) {
            throw new IllegalStateException("the log has an entry of another version");
        }
    }
}
