package archipel.command;

import archipel.changes.FormerHead;
import archipel.storage.CatalogKeys;
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
public sealed interface SystemCommand<A> extends CodedCommand<A> {
    /**
     * A number for a database that is to be built in one of some groups; answers it. The number says which group it is
     * ({@link #group}), so that databases are spread evenly and no node has to count them.
     *
     * @param first the first of these groups
     * @param groups how many they are, the numbers after {@code first} being theirs; one where the system group has a
     *     format before {@link archipel.storage.FormatVersion#V6}
     * @param lease of the node that builds it
     */
    record ReserveDatabase(int first, int groups, Lease lease) implements SystemCommand<Long> {
        public ReserveDatabase {
            if (first < 0 || groups < 1 || groups > CatalogKeys.LAST_GROUP - first + 1) {
                throw new IllegalArgumentException(groups + " groups from group " + first + " on");
            }
        }

        /** In that group. */
        public ReserveDatabase(int group, Lease lease) {
            this(group, 1, lease);
        }

        /** The group of the database that got that number. */
        public int group(long number) {
            return first + (int) (number % groups);
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
    record DropDatabase(String name, int database, FormerHead head) implements SystemCommand<Void> {}

    /**
     * Gives up a database that is being built.
     *
     * @param untilMs not where its lease ends after that: it was renewed meanwhile
     */
    record AbandonDatabase(int database, long untilMs) implements SystemCommand<Void> {
        /** By its owner, whatever the lease. */
        public AbandonDatabase(int database) {
            this(database, Long.MAX_VALUE);
        }
    }

    /** A database is being built still. */
    record RenewDatabase(int database, Lease lease) implements SystemCommand<Void> {}

    /**
     * The rows of a dropped database are gone.
     *
     * @param head how far it had come when they went, which may be further than when its name was taken from it
     */
    record ForgetDatabase(int database, FormerHead head) implements SystemCommand<Void> {}

    /**
     * Of what another module keeps in the system group.
     *
     * @param command its bytes; left as they are
     * @param timeMs since the epoch, of whoever gives it its position
     * @param stream of its sender alone, and not in the log
     */
    record Extend(byte[] command, long timeMs, long stream) implements SystemCommand<Boolean> {
        @Override
        public Extend stamped(long nowMs) {
            return new Extend(command, nowMs, stream);
        }

        @Override
        public boolean admitted() {
            return true;
        }

        @Override
        public long bytes() {
            return 256L + command.length;
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
