package archipel.command;

import archipel.document.ErrorCode;
import archipel.storage.FormatVersion;

/**
 * What any group applies, whatever its state machine holds.
 *
 * @param <A> what applying it answers
 */
public sealed interface GroupCommand<A> extends CodedCommand<A> {
    /**
     * Lets rows and commands of the group be written in a format from here on. A node that does not know the format
     * stops the group: the others write what it cannot read. Applied on a full disk, too: it is small, and nothing is
     * deleted for good before it.
     *
     * @param version the number of a {@link FormatVersion}, also of one that a newer program has; not less than the
     *     group's, or it does nothing
     */
    record RaiseFormat(int version) implements GroupCommand<Void> {}

    /**
     * What the leader of a group does without being asked: refused once another leads the group.
     *
     * @param term in which the leader decided it
     * @param command what it does; neither another duty nor a {@link Once}
     */
    record Duty<A>(long term, Command<A> command) implements GroupCommand<A>, WrappingCommand<A> {
        public Duty {
            if (command instanceof Duty || command instanceof Once) {
                throw new IllegalArgumentException("a duty that is " + command.getClass());
            }
        }

        @Override
        public Command<A> stamped(long timeMs) {
            return new Duty<>(term, command.stamped(timeMs));
        }

        @Override
        public long bytes() {
            return 16 + command.bytes();
        }
    }

    /**
     * A command that applies once, however often a log delivers it, and after the one that its origin sent before it.
     * For logs that send a command again where they do not know what became of it, as to a new leader: they wrap what
     * they are given. Each node of such a log is an origin, which numbers its commands for each group.
     *
     * <p>A group remembers the greatest number that it has seen. One that is not above it is refused with {@link
     * ErrorCode#APPLIED_BEFORE}, which is for the log alone: what the command came to was told where it came first, or
     * it came to nothing and never will. One that comes before its predecessor is refused with {@link
     * ErrorCode#OUT_OF_ORDER}, and does not count as seen: the log sends both again. A command that was refused
     * otherwise counts as seen, since its sender was told so; one that a node could not apply by a fault of its own
     * does not, there. What an earlier run of the origin has sent is refused with {@link ErrorCode#FORMER_RUN} once
     * there was a command of a later one.
     *
     * <p>Bytes of this are of {@link FormatVersion#V6}: in a group that was not raised to that, as the machine's codec
     * says, a log must send commands as they are, and cannot send one again.
     *
     * @param origin which node it is of: random bits, on that node's disk
     * @param run of that node; greater at each of its starts, from 0
     * @param number of the command among those that the run has for the group; from 1
     * @param after less than {@code number}: the command that has to come before this one, 0 for none. Commands between
     *     the two are never to come after this one
     * @param command not another of these
     */
    record Once<A>(long origin, long run, long number, long after, Command<A> command)
            implements GroupCommand<A>, WrappingCommand<A> {
        /** The greatest number that there is. */
        public static final long LAST_NUMBER = 1L << 62;

        public Once {
            if (command instanceof Once) {
                throw new IllegalArgumentException("a command to apply once in another");
            }
            if (run < 0 || after < 0 || after >= number || number > LAST_NUMBER) {
                throw new IllegalArgumentException("command " + number + " of run " + run + " after " + after);
            }
        }

        @Override
        public Command<A> stamped(long timeMs) {
            return new Once<>(origin, run, number, after, command.stamped(timeMs));
        }

        @Override
        public long bytes() {
            return 48 + command.bytes();
        }
    }

    /**
     * An origin of {@link Once} is gone for good: nothing that it has sent can come any more. The group forgets what it
     * has seen of it.
     */
    record ForgetOrigin(long origin) implements GroupCommand<Void> {}

    /**
     * A part of the bytes of a command that is too large for one entry of a log. The group keeps it until the command
     * is {@link Assembled}, or a later run of the origin sends anything.
     *
     * @param transfer which command of the run it is of
     * @param number of the part, from 0
     */
    record Part(long origin, long run, long transfer, int number, byte[] content) implements GroupCommand<Void> {
        @Override
        public long bytes() {
            return 64 + (long) content.length;
        }

        /** So that each is stored, and out of memory, before the next one is. */
        @Override
        public boolean endsBatch() {
            return true;
        }
    }

    /**
     * The command whose bytes came in parts. It applies whole or not at all; in either case the parts are deleted.
     * Refused with {@link ErrorCode#PARTS_MISSING} where one did not come.
     *
     * @param parts how many there are
     * @param length of all of them, in bytes
     * @param timeMs what the command is stamped with; 0 for what it has
     * @param relieves as of the command
     */
    record Assembled<A>(long origin, long run, long transfer, int parts, long length, long timeMs, boolean relieves)
            implements GroupCommand<A> {
        @Override
        public Command<A> stamped(long stampMs) {
            return new Assembled<>(origin, run, transfer, parts, length, stampMs, relieves);
        }

        /** It is not known what the command does. */
        @Override
        public boolean readsBack() {
            return true;
        }

        @Override
        public boolean endsBatch() {
            return true;
        }
    }
}
