package archipel.command;

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
     * @param command what it does; not another duty
     */
    record Duty<A>(long term, Command<A> command) implements GroupCommand<A> {
        public Duty {
            if (command instanceof Duty) {
                throw new IllegalArgumentException("a duty in a duty");
            }
        }

        @Override
        public Command<A> stamped(long timeMs) {
            return new Duty<>(term, command.stamped(timeMs));
        }

        @Override
        public boolean durable() {
            return command.durable();
        }

        @Override
        public long bytes() {
            return 16 + command.bytes();
        }

        @Override
        public boolean readsBack() {
            return command.readsBack();
        }

        @Override
        public boolean endsBatch() {
            return command.endsBatch();
        }

        @Override
        public boolean relieves() {
            return command.relieves();
        }
    }
}
