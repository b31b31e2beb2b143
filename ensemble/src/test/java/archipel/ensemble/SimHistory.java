package archipel.ensemble;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.AnswerCodec;
import archipel.command.Command;
import archipel.command.DataCommand;
import archipel.command.GroupCommand.Assembled;
import archipel.command.GroupCommand.Once;
import archipel.command.Outcome;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.engine.SimulatedGroup;
import archipel.log.CommandLog.Applied;
import archipel.log.LogPosition;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What clients of one group asked for and heard, and what its members did: what has to hold between these. */
final class SimHistory {
    static final int DATABASE = 1;

    /** After these a write did not take effect, and never will. */
    private static final Set<ErrorCode> CERTAIN =
            EnumSet.of(ErrorCode.NO_MAJORITY, ErrorCode.STOPPING, ErrorCode.COMMAND_TOO_LARGE, ErrorCode.PARTS_MISSING);

    private static final Set<ErrorCode> UNREAD = EnumSet.of(ErrorCode.NOT_FRESH, ErrorCode.STOPPING);

    private final List<Write> writes = new ArrayList<>();
    private final List<Read> reads = new ArrayList<>();
    // By index: what each member came to that has applied it.
    private final Map<Long, byte[]> outcomes = new TreeMap<>();
    // By the write's number: where it took effect.
    private final Map<Integer, Long> effects = new TreeMap<>();
    private final Map<String, Integer> transfers = new HashMap<>();
    private long acknowledged;
    // The first thing that did not hold: a future keeps for itself what is thrown to it.
    private @Nullable Throwable broken;

    /** The commands that one thread of a member appends. */
    static final class Caller {
        private final SimMember.Process process;
        private int appended;

        Caller(SimMember.Process process) {
            this.process = process;
        }

        SimMember.Process process() {
            return process;
        }
    }

    /** A write, from its beginning. */
    final class Write {
        private final int number = writes.size();
        private final Caller caller;
        private final int turn;
        private final SimMember member;
        private final String document;
        private final int length;
        private final long startMs;
        private int lefts;
        private @Nullable CompletableFuture<Applied<Long>> result;

        private Write(Caller caller, SimMember member, String document, int length, long startMs) {
            this.caller = caller;
            this.turn = caller.appended++;
            this.member = member;
            this.document = document;
            this.length = length;
            this.startMs = startMs;
        }

        /** Its body, by which it is known again. */
        private byte[] json() {
            String head = number + ".";
            return (head + (char) ('a' + number % 26) + "x".repeat(Math.max(0, length - head.length())))
                    .getBytes(StandardCharsets.US_ASCII);
        }

        DataCommand.WriteLocal command() {
            return new DataCommand.WriteLocal(DATABASE, document, json());
        }

        boolean isAcknowledged() {
            CompletableFuture<Applied<Long>> came = result;
            return came != null && came.isDone() && !came.isCompletedExceptionally();
        }

        void left() {
            lefts++;
            assertEquals(1, lefts, () -> this + " gives its room back twice");
        }

        @Override
        public String toString() {
            return "write " + number + " of " + member.name() + " (run " + caller.process.run() + ", turn " + turn
                    + ", " + length + " bytes): " + result;
        }
    }

    /** A linearizable read. */
    record Read(SimMember.Process process, long startMs, CompletableFuture<?> result) {}

    Write begin(Caller caller, SimMember member, String document, int length, long nowMs) {
        Write write = new Write(caller, member, document, length, nowMs);
        writes.add(write);
        return write;
    }

    /** How a command in parts is known again. */
    void sentInParts(Write write, long transfer) {
        transfers.put(write.member.origin() + "/" + write.caller.process.run() + "/" + transfer, write.number);
    }

    void await(Write write, int group, CompletableFuture<Applied<Long>> result) {
        write.result = result;
        result.whenComplete((applied, failure) -> {
            if (failure == null) {
                acknowledged(write, group, applied);
            } else {
                failed(write, failure);
            }
        });
    }

    private void acknowledged(Write write, int group, Applied<Long> applied) {
        note(() -> {
            assertTrue(
                    write.member.machine(group).visible().index() >= applied.index(),
                    () -> write + " is acknowledged before it can be read");
            assertEquals(effects.get(write.number), applied.index(), () -> write + " has not taken effect there");
            byte[] outcome = AnswerCodec.encode(new Outcome.Done<>(applied.answer()));
            assertArrayEquals(outcomes.get(applied.index()), outcome, () -> write + " got another answer");
            acknowledged = Math.max(acknowledged, applied.index());
        });
    }

    private void failed(Write write, Throwable failure) {
        note(() -> {
            ErrorCode code = failure instanceof RequestException request ? request.code() : null;
            assertNotNull(code, () -> write + " failed with " + failure);
            assertTrue(
                    code == ErrorCode.WRITE_UNDECIDED || CERTAIN.contains(code), () -> write + " failed with " + code);
            if (code != ErrorCode.WRITE_UNDECIDED) {
                assertNull(effects.get(write.number), () -> write + " took effect, and failed with " + code);
            }
        });
    }

    private void note(Runnable check) {
        try {
            check.run();
        } catch (Throwable e) {
            if (broken == null) {
                broken = e;
            }
            throw e;
        }
    }

    /** Fails where something has not held. */
    void check() {
        if (broken != null) {
            throw new AssertionError("something did not hold", broken);
        }
    }

    void read(SimMember member, SimMember.Process process, int group, long nowMs, CompletableFuture<?> result) {
        long before = acknowledged;
        reads.add(new Read(process, nowMs, result));
        result.whenComplete((nothing, failure) -> note(() -> {
            if (failure == null) {
                long visible = member.machine(group).visible().index();
                assertTrue(
                        visible >= before,
                        () -> member.name() + " reads as of " + visible + " what was acknowledged at " + before);
            } else {
                ErrorCode code = failure instanceof RequestException request ? request.code() : null;
                assertTrue(code != null && UNREAD.contains(code), () -> "a read failed with " + failure);
            }
        }));
    }

    /** A member has applied a command. */
    void applied(String member, LogPosition position, Command<?> command, Outcome<?> outcome) {
        byte[] came = AnswerCodec.encode(outcome);
        byte[] known = outcomes.putIfAbsent(position.index(), came);
        if (known != null) {
            assertArrayEquals(known, came, () -> member + " comes to something else at " + position);
            return;
        }
        Integer number = number(command instanceof Once<?> once ? once.command() : command);
        if (number != null && outcome instanceof Outcome.Done<?>) {
            Long before = effects.putIfAbsent(number, position.index());
            assertNull(before, () -> "write " + number + " takes effect at " + before + " and at " + position);
        }
    }

    private @Nullable Integer number(Command<?> command) {
        return switch (command) {
            case DataCommand.WriteLocal write -> number(write.json());
            case Assembled<?> whole -> transfers.get(whole.origin() + "/" + whole.run() + "/" + whole.transfer());
            default -> null;
        };
    }

    private static int number(byte[] json) {
        String text = new String(json, StandardCharsets.US_ASCII);
        return Integer.parseInt(text.substring(0, text.indexOf('.')));
    }

    /** Whether nobody waits any more whom a crash has not ended. */
    boolean isOver() {
        return writes.stream().allMatch(write -> isOver(write.caller.process, write.result))
                && reads.stream().allMatch(read -> isOver(read.process, read.result));
    }

    private static boolean isOver(SimMember.Process process, @Nullable CompletableFuture<?> result) {
        return result == null || result.isDone() || process.hasCrashed();
    }

    /** The newest reads, one for each member, found somebody who confirms them. */
    void checkLastReads() {
        assertTrue(!reads.getLast().result.isCompletedExceptionally(), "a read fails where nothing is wrong");
    }

    /** Nobody is kept waiting for longer than members say that they wait. */
    void checkPatience(long nowMs) {
        for (Write write : writes) {
            assertTrue(
                    isOver(write.caller.process, write.result)
                            || nowMs
                                    < write.startMs + SimMember.PATIENCE.write().toMillis(),
                    () -> write + " goes on for ever");
        }
        for (Read read : reads) {
            assertTrue(
                    isOver(read.process, read.result)
                            || nowMs < read.startMs + SimMember.PATIENCE.read().toMillis(),
                    () -> "a read goes on for ever, of " + read.process);
        }
    }

    String open() {
        return writes.stream()
                        .filter(write -> !isOver(write.caller.process, write.result))
                        .toList()
                + " and "
                + reads.stream()
                        .filter(read -> !isOver(read.process, read.result))
                        .count()
                + " reads";
    }

    /** After the end, of what one of the members holds. */
    void checkAll(SimulatedGroup machine) {
        check();
        Map<Caller, Write> latest = new HashMap<>();
        Map<String, Write> last = new HashMap<>();
        Map<String, Long> revisions = new HashMap<>();
        for (Write write : writes) {
            Long effect = effects.get(write.number);
            checkEnd(write, effect);
            if (effect != null) {
                Write before = latest.put(write.caller, write);
                assertTrue(
                        Boolean.getBoolean("noorder") || before == null || effects.get(before.number) < effect,
                        () -> write + " took effect at " + effect + ", before " + before + " at "
                                + effects.get(before.number));
                revisions.merge(write.document, 1L, Long::sum);
                Write newest = last.get(write.document);
                if (newest == null || effects.get(newest.number) < effect) {
                    last.put(write.document, write);
                }
            }
        }
        last.forEach((document, write) -> {
            SimulatedGroup.Local stored = machine.local(DATABASE, document);
            assertNotNull(stored, document);
            assertEquals(revisions.get(document), stored.revision(), document);
            assertArrayEquals(write.json(), stored.json(), () -> document + " has not what " + write);
        });
    }

    private static void checkEnd(Write write, @Nullable Long effect) {
        CompletableFuture<Applied<Long>> result = write.result;
        if (result == null || !result.isDone()) {
            return;
        }
        if (!write.caller.process.hasCrashed()) {
            assertEquals(1, write.lefts, () -> write + " keeps its room");
        }
        if (result.isCompletedExceptionally()
                && result.exceptionNow() instanceof RequestException request
                && request.code() != ErrorCode.WRITE_UNDECIDED) {
            assertNull(effect, () -> write + " took effect all the same, at " + effect);
        }
        if (!result.isCompletedExceptionally()) {
            assertEquals(effect, result.resultNow().index(), write::toString);
        }
    }
}
