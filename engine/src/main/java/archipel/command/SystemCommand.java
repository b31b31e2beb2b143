package archipel.command;

import archipel.changes.FormerHead;
import org.jspecify.annotations.Nullable;

/**
 * What changes which databases there are and where they are, and the facts that a node remembers beside them.
 *
 * <p>A database is made in three steps, so that a kill between them leaves nothing that anybody sees: it is reserved
 * here, made in its group by {@link DataCommand.CreateDatabase}, and named here. It goes in three as well: its name is
 * taken from it here, its rows are deleted in its group by {@link DataCommand.EraseDatabase}, and it is forgotten here.
 *
 * @param <A> what applying it answers
 */
public sealed interface SystemCommand<A> extends Command<A> {
    /**
     * A number for a database that is to be built in a group; answers it.
     *
     * @param owner the node that builds it, and gives it up if it stops before that is done
     */
    record ReserveDatabase(int group, String owner) implements SystemCommand<Long> {
        @Override
        public boolean durable() {
            return false;
        }
    }

    /**
     * Gives a database that was built its name.
     *
     * @param replace whether a database of that name is dropped; otherwise the command is refused
     * @param replaced how far the database to be replaced had come; not looked at where there is none
     */
    record NameDatabase(int database, String name, boolean replace, FormerHead replaced)
            implements SystemCommand<Void> {}

    /**
     * Takes a database's name from it.
     *
     * @param database its number: one that got the name meanwhile is left alone
     * @param head how far the database had come
     */
    record DropDatabase(String name, int database, FormerHead head) implements SystemCommand<Void> {
        @Override
        public boolean relieves() {
            return true;
        }
    }

    /** Gives up a database that is being built. */
    record AbandonDatabase(int database) implements SystemCommand<Void> {
        @Override
        public boolean durable() {
            return false;
        }

        @Override
        public boolean relieves() {
            return true;
        }
    }

    /** The rows of a dropped database are gone. */
    record ForgetDatabase(int database) implements SystemCommand<Void> {
        @Override
        public boolean durable() {
            return false;
        }

        @Override
        public boolean relieves() {
            return true;
        }
    }

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
