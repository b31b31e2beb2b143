package archipel.engine;

import archipel.changes.FormerHead;
import archipel.command.DataCommand;
import archipel.command.GroupCommand.Duty;
import archipel.command.Lease;
import archipel.command.SystemCommand;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.engine.SystemCatalog.Nameless;
import archipel.engine.Upkeep.Leases;
import archipel.log.Duties;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.RowReader;
import archipel.storage.StoreSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes, names and drops databases, in commands of the system group and of the group that holds the database; see
 * {@link SystemCommand}. Steps go one after the other on the caller's thread, since the log's threads must not wait for
 * room in their own log.
 *
 * <p>What is left unfinished is on record. What an earlier run of this node was building, this one gives up; what
 * nobody's lease covers any more, and the rows of what was dropped, are for the leader of the system group.
 */
final class DatabaseSteps {
    private static final System.Logger LOG = System.getLogger(DatabaseSteps.class.getName());

    private final Node node;
    private final PublishedDatabases databases;
    private final Leases leases;
    // Numbers of databases that were built here and given up.
    private final Set<Integer> abandoned = ConcurrentHashMap.newKeySet();

    DatabaseSteps(Node node, PublishedDatabases databases, Leases leases) {
        this.node = node;
        this.databases = databases;
        this.leases = leases;
    }

    /**
     * A database of that name, with nothing in it.
     *
     * @param local whether it is to be this node's alone
     */
    Database create(String name, int revisionsLimit, boolean local) {
        if (databases.find(name) != null && !local) {
            // Unless it was dropped through another node.
            node.awaitNames();
        }
        if (databases.find(name) != null || databases.find(name, local) != null) {
            throw new RequestException(ErrorCode.DATABASE_EXISTS);
        }
        Database built = build(revisionsLimit, DatabaseRow.DEFAULT_LIMIT, local);
        name(built, name, false);
        // Not by its name: somebody else may have dropped it since.
        return built;
    }

    /**
     * A database without a name: nobody finds it before it gets one.
     *
     * @param revisionsLimit how many revisions of each branch it keeps
     * @param purgedInfosLimit how many purges it remembers
     * @param local whether it is to be this node's alone
     */
    Database build(int revisionsLimit, int purgedInfosLimit, boolean local) {
        SystemCommand.ReserveDatabase reserve = local
                ? new SystemCommand.ReserveDatabase(CatalogKeys.LOCAL_GROUP, 1, leases.lease())
                : new SystemCommand.ReserveDatabase(CatalogKeys.DATA_GROUP, groups(), leases.lease());
        int number = Math.toIntExact(submit(local ? CatalogKeys.LOCAL_GROUP : CatalogKeys.SYSTEM_GROUP, reserve));
        int group = reserve.group(number);
        leases.begin(number);
        try {
            node.submit(
                    group,
                    new DataCommand.CreateDatabase(
                            number, node.newUuid(), node.nowMs(), revisionsLimit, purgedInfosLimit));
        } catch (RuntimeException e) {
            abandon(number);
            throw e;
        }
        Database built = node.group(group).find(number);
        if (built == null) {
            throw new IllegalStateException("a database that was just made is not there");
        }
        return built;
    }

    private <A extends @Nullable Object> A submit(int naming, SystemCommand<A> command) {
        return node.submit(naming, Duties.bound(naming, command));
    }

    // To the group that knows the databases of that number's kind.
    private <A extends @Nullable Object> A submitFor(int database, SystemCommand<A> command) {
        return submit(CatalogKeys.namingOf(database), command);
    }

    // Nodes of an earlier version know of one.
    private int groups() {
        FormatVersion format = node.group(CatalogKeys.SYSTEM_GROUP).format();
        return format.isAtLeast(FormatVersion.V6) ? node.dataGroups() : 1;
    }

    /**
     * Gives a database that was built its name, or gives it up.
     *
     * @param replace whether a database of that name is dropped; otherwise it is an error
     * @throws RequestException 503 also where it was given up meanwhile, since building it has taken too long
     */
    void name(Database built, String name, boolean replace) {
        Database old = databases.find(name, built.isLocal());
        try {
            FormerHead replaced = old == null ? FormerHead.NONE : old.formerHead();
            submitFor(built.number(), new SystemCommand.NameDatabase(built.number(), name, replace, replaced));
            leases.end(built.number());
        } catch (RuntimeException e) {
            abandon(built.number());
            throw e instanceof RequestException refusal && refusal.code() == ErrorCode.NO_DATABASE
                    ? new RequestException(ErrorCode.DATABASE_GIVEN_UP)
                    : e;
        }
        if (old != null) {
            erase(old.number(), old.group(), OptionalLong.empty());
        }
        if (isShared(built)) {
            try {
                finishDrops();
            } catch (RequestException e) {
                throw undecided(e);
            }
        }
    }

    /** Gives up a database that was built here. */
    void abandon(int number) {
        leases.end(number);
        abandoned.add(number);
        node.upkeep().wake();
    }

    /**
     * Drops a database.
     *
     * @param local whether of this node's own ones alone
     * @throws RequestException 404 when there is none
     */
    void delete(String name, boolean local) {
        while (true) {
            Database database = local ? node.localDatabase(name) : node.database(name);
            try {
                submitFor(
                        database.number(),
                        new SystemCommand.DropDatabase(name, database.number(), database.formerHead()));
                eraseBeforeAnswer(database);
                return;
            } catch (RequestException e) {
                // Dropped by somebody else; another may have the name already.
                if (e.code() != ErrorCode.NO_DATABASE) {
                    throw e;
                }
            }
        }
    }

    // Another node may still know the name. Its readers ask for the newest of the database's group, and must not find
    // rows there. Where that fails the name is gone, and upkeep does the rest (tendShared).
    private void eraseBeforeAnswer(Database database) {
        if (!isShared(database)) {
            erase(database.number(), database.group(), OptionalLong.empty());
            return;
        }
        FormerHead head;
        try {
            head = eraseRows(database.number(), database.group());
        } catch (RequestException e) {
            throw undecided(e);
        }
        try {
            forget(database.number(), head, OptionalLong.empty());
        } catch (RequestException e) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "a dropped database is not forgotten yet: the leader's upkeep does it",
                    e);
        }
    }

    // Whether other nodes have it, too.
    private boolean isShared(Database database) {
        return node.isReplicated() && !database.isLocal();
    }

    private static RequestException undecided(RequestException e) {
        rowsStay(e);
        return new RequestException(ErrorCode.WRITE_UNDECIDED);
    }

    private static void rowsStay(RequestException e) {
        LOG.log(
                System.Logger.Level.DEBUG,
                "rows of a dropped database are not deleted yet: the leader's upkeep does it",
                e);
    }

    /**
     * Deletes the rows of databases whose name is gone, where whoever dropped them has not come to it. Before a client
     * is told that there is no such database, or of a new one of that name: another node may still know the old name,
     * and its readers must not find rows there any more.
     *
     * @throws RequestException 503 where their group does not answer
     */
    void finishDrops() {
        for (Nameless database : databases.toErase()) {
            if (!database.name().isEmpty() && !CatalogKeys.isLocal(database.number())) {
                eraseRows(database.number(), database.group());
            }
        }
    }

    // What does not succeed is tried again: the name is gone already.
    private void erase(int number, int group, OptionalLong term) {
        try {
            forget(number, eraseRows(number, group), term);
        } catch (RequestException e) {
            rowsStay(e);
        }
    }

    private void forget(int number, FormerHead head, OptionalLong term) {
        SystemCommand<Void> forget = new SystemCommand.ForgetDatabase(number, head);
        if (term.isPresent()) {
            node.submit(CatalogKeys.namingOf(number), new Duty<>(term.getAsLong(), forget));
        } else {
            submitFor(number, forget);
        }
    }

    // Needs no term: numbers are never used again, so that it comes to the same whoever does it and how often.
    private FormerHead eraseRows(int number, int group) {
        try {
            return node.submit(group, new DataCommand.EraseDatabase(number));
        } catch (RequestException e) {
            if (e.code() == ErrorCode.NO_DATABASE) {
                // It never got so far as to have rows, or had none that a reader could remember.
                return FormerHead.NONE;
            }
            throw e;
        }
    }

    /** Gives up what earlier runs of this node and failures of this one have left; what fails is tried again. */
    void tendOwn() {
        for (Nameless database : databases.building()) {
            if (database.lease().isOfEarlierRun(leases.owner())) {
                abandoned.add(database.number());
            }
        }
        for (int number : abandoned) {
            if (node.isClosing()) {
                return;
            }
            try {
                submitFor(number, new SystemCommand.AbandonDatabase(number));
            } catch (RequestException e) {
                if (e.code() != ErrorCode.NO_DATABASE) {
                    throw e;
                }
            }
            abandoned.remove(number);
        }
    }

    /**
     * As the leader of a group that names databases: gives up what nobody answers for, and deletes rows of what was
     * dropped.
     */
    void tendShared(int group, long term) {
        long now = node.nowMs();
        for (Nameless database : databases.building()) {
            Lease lease = database.lease();
            if (CatalogKeys.namingOf(database.number()) == group && lease.isOver(now) && !node.isClosing()) {
                node.submit(
                        group, new Duty<>(term, new SystemCommand.AbandonDatabase(database.number(), lease.untilMs())));
            }
        }
        for (Nameless database : databases.toErase()) {
            if (CatalogKeys.namingOf(database.number()) == group && !node.isClosing()) {
                erase(database.number(), database.group(), OptionalLong.of(term));
            }
        }
    }

    /**
     * As the leader of a group: has it forget how far those of its erased databases had come that the system group has
     * done with, since that knows it by now.
     */
    void forgetErased(int group) {
        OptionalLong term = node.duties().term(group);
        for (int number : term.isEmpty() ? List.<Integer>of() : erased(node.group(group))) {
            if (databases.isForgotten(number) && !node.isClosing()) {
                node.submit(group, new Duty<>(term.getAsLong(), new DataCommand.ForgetErased(number)));
            }
        }
    }

    static List<Integer> erased(Group group) {
        List<Integer> numbers = new ArrayList<>();
        StoreSnapshot snapshot = group.retainEpoch().store();
        byte[] lower = new CatalogKeys(group.id()).erasedDatabases();
        try (Cursor rows = snapshot.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                numbers.add(new RowReader(rows.key(), CatalogKeys.PREFIX).u32());
            }
            return numbers;
        } finally {
            snapshot.release();
        }
    }
}
