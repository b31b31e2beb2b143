package archipel.command;

/**
 * A command around another one, which says all that the log has to know of it.
 *
 * @param <A> what applying it answers
 */
sealed interface WrappingCommand<A> extends CodedCommand<A>
        permits DataCommand.Fenced, GroupCommand.Duty, GroupCommand.Once {
    Command<A> command();

    @Override
    default boolean durable() {
        return command().durable();
    }

    @Override
    default boolean readsBack() {
        return command().readsBack();
    }

    @Override
    default boolean endsBatch() {
        return command().endsBatch();
    }

    @Override
    default boolean relieves() {
        return command().relieves();
    }

    @Override
    default long stream() {
        return command().stream();
    }

    @Override
    default boolean admitted() {
        return command().admitted();
    }
}
