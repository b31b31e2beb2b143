package archipel.ensemble;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.Command;
import archipel.command.SystemCommand;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutboxTest {
    private final List<Long> sent = new ArrayList<>();
    private final Outbox outbox = new Outbox((leader, attempt, command) -> sent.add(command.number()));

    /** What a client asks behind something that was given up must not take effect without it. */
    @Test
    void expired_ofAStream_takesThoseBehindItAlong() {
        add(0, 20);
        add(7, 10);
        add(7, 20);
        add(9, 20);
        add(7, 20);
        List<Long> over =
                outbox.expired(10).stream().map(Outbox.Pending::number).toList();
        assertEquals(List.of(2L, 3L, 5L), over);
        outbox.target("leader");
        assertEquals(List.of(1L, 4L), sent);
        assertTrue(outbox.expired(19).isEmpty());
    }

    @Test
    void expired_ofNoStream_leavesOthers() {
        add(0, 10);
        add(0, 20);
        assertEquals(1, outbox.expired(10).size());
        assertEquals(1, outbox.size());
    }

    private void add(long stream, long untilMs) {
        outbox.add(number -> new Waiting(number, stream, untilMs));
    }

    private record Waiting(long number, long stream, long untilMs) implements Outbox.Pending<Void> {
        @Override
        public Command<Void> command() {
            return new SystemCommand.PutFact("fact", null);
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public ByteBuffer bytes() {
            return ByteBuffer.allocate(0);
        }

        @Override
        public void markSent(long before, long applied) {}

        @Override
        public boolean isOver(long nowMs) {
            return nowMs >= untilMs;
        }
    }
}
