package archipel.command;

/**
 * A command that {@link CommandCodec} writes; what is the same for all of its kind {@link CommandKind} says.
 *
 * @param <A> what applying it answers
 */
sealed interface CodedCommand<A> extends Command<A>
        permits DataCommand, GroupCommand, LockCommand, SystemCommand, TopicCommand, WrappingCommand {
    @Override
    default boolean durable() {
        return CommandKind.of(this).durable();
    }

    @Override
    default boolean relieves() {
        return CommandKind.of(this).relieves();
    }
}
