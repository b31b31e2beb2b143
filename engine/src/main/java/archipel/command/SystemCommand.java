package archipel.command;

import org.jspecify.annotations.Nullable;

/**
 * What changes which databases there are and what a node remembers beside them.
 *
 * @param <A> what applying it answers
 */
public sealed interface SystemCommand<A> extends Command<A> {
    /**
     * Answers the new database's number.
     *
     * @param uuid of the new incarnation, 32 hex digits
     * @param timeMs of its first block, since the epoch
     * @param revisionsLimit how many revisions of each branch it keeps until that is changed
     * @param purgedInfosLimit how many purges it remembers until that is changed
     */
    record CreateDatabase(String name, String uuid, long timeMs, int revisionsLimit, int purgedInfosLimit)
            implements SystemCommand<Integer> {}

    record DropDatabase(String name) implements SystemCommand<Void> {
        @Override
        public boolean relieves() {
            return true;
        }
    }

    /**
     * Gives a database that was built its name.
     *
     * @param replace whether a database of that name is dropped; otherwise the command is refused
     */
    record PublishDatabase(int database, String name, boolean replace) implements SystemCommand<Void> {}

    /** @param value null removes */
    record PutFact(String key, @Nullable String value) implements SystemCommand<Void> {
        @Override
        public long bytes() {
            return 256L + (value == null ? 0 : value.length());
        }

        @Override
        public boolean relieves() {
            return value == null;
        }
    }
}
