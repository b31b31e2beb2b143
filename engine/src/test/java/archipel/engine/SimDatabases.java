package archipel.engine;

import archipel.changes.FormerHead;
import archipel.command.Command;
import archipel.command.DataCommand;
import archipel.command.Lease;
import archipel.command.SystemCommand;
import archipel.engine.SystemCatalog.Nameless;
import archipel.storage.CatalogKeys;
import archipel.storage.FormatVersion;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * Makes and drops databases in the steps that nodes do it in, one after the other. Whoever does not hear what became of
 * a step stops there, as a node does that dies; once its lease is over the leader of the system group deletes what is
 * left.
 */
final class SimDatabases {
    /** For how long a lease goes. */
    static final long LEASE_MS = 1_500;

    private static final List<String> NAMES = List.of("one", "two", "three", "four");

    private final Map<Integer, SimLog> logs;
    private final SplittableRandom random;
    private final LongSupplier clockMs;
    private final SimDocuments documents;
    private final List<Building> building = new ArrayList<>();
    // By number: the step under way of those that are deleted.
    private final Map<Integer, Erasing> erasing = new HashMap<>();
    private int owners;

    SimDatabases(Map<Integer, SimLog> logs, SplittableRandom random, LongSupplier clockMs, SimDocuments documents) {
        this.logs = logs;
        this.random = random;
        this.clockMs = clockMs;
        this.documents = documents;
    }

    private SimLog system() {
        return logs.get(CatalogKeys.SYSTEM_GROUP);
    }

    /** Begins to make one. */
    void create(PublishedDatabases seen) {
        building.add(new Building("owner" + owners++, any(NAMES), seen));
    }

    /** Drops one, if there is any. */
    void drop(PublishedDatabases seen) {
        Database database = seen.find(any(NAMES));
        if (database != null) {
            system().append(new SystemCommand.DropDatabase(database.name(), database.number(), database.formerHead()));
        }
    }

    void putFact() {
        system().append(new SystemCommand.PutFact(any(NAMES), random.nextBoolean() ? null : "" + random.nextInt(9)));
    }

    /** Those who make a database go on, unless they do not know what became of their last step. */
    void goOn() {
        building.removeIf(Building::isOver);
    }

    /** All who make a database die. */
    void stop() {
        building.clear();
    }

    /** What a node does now and then that takes itself for a leader: gives up what the dead were making. */
    void tend(SimNode node) {
        long now = clockMs.getAsLong();
        for (Nameless database : sorted(node.databases().building())) {
            Lease lease = database.lease();
            if (lease.isOver(now)) {
                node.perform(
                        CatalogKeys.SYSTEM_GROUP,
                        new SystemCommand.AbandonDatabase(database.number(), lease.untilMs()));
            }
        }
        for (int group : logs.keySet()) {
            for (int number : DatabaseSteps.erased(node.group(group))) {
                if (node.databases().isForgotten(number)) {
                    node.perform(group, new DataCommand.ForgetErased(number));
                }
            }
        }
    }

    /** What any node may do that knows of a database that was dropped: deletes the rest. */
    void erase(SimNode node) {
        for (Nameless database : sorted(node.databases().toErase())) {
            Erasing known = erasing.get(database.number());
            if (known == null || known.step.state() == SimLog.State.UNKNOWN) {
                SimLog.Ticket step =
                        logs.get(database.group()).append(new DataCommand.EraseDatabase(database.number()));
                erasing.put(database.number(), new Erasing(step, false));
            } else if (known.step.state() == SimLog.State.ACKNOWLEDGED && !known.forgetting) {
                // Refused where there was nothing to delete.
                SimLog.Ticket step = system().append(new SystemCommand.ForgetDatabase(
                        database.number(), known.step.isDone() ? (FormerHead) known.step.answer() : FormerHead.NONE));
                erasing.put(database.number(), new Erasing(step, true));
            }
        }
    }

    private static List<Nameless> sorted(Collection<Nameless> databases) {
        return databases.stream()
                .sorted(Comparator.comparingInt(Nameless::number))
                .toList();
    }

    private <T> T any(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    private record Erasing(SimLog.Ticket step, boolean forgetting) {}

    /** One that makes a database. */
    private final class Building {
        private final String owner;
        private final String name;
        private final PublishedDatabases seen;
        private int copies = random.nextInt(3);
        private final SystemCommand.ReserveDatabase reserve;
        private int number;
        private Phase phase = Phase.RESERVING;
        private SimLog.Ticket step;
        private Lease lease;

        Building(String owner, String name, PublishedDatabases seen) {
            this.owner = owner;
            this.name = name;
            this.seen = seen;
            this.lease = lease();
            int groups = system().format().isAtLeast(FormatVersion.V6) ? logs.size() - 1 : 1;
            this.reserve = new SystemCommand.ReserveDatabase(CatalogKeys.DATA_GROUP, groups, lease);
            this.step = system().append(reserve);
        }

        private Lease lease() {
            return new Lease(owner, clockMs.getAsLong() + LEASE_MS);
        }

        // Whether or not that is in time.
        private void renew() {
            boolean renewable = phase != Phase.RESERVING && system().format().isAtLeast(FormatVersion.V4);
            if (renewable && lease.untilMs() - clockMs.getAsLong() < LEASE_MS / 2) {
                lease = lease();
                system().append(new SystemCommand.RenewDatabase(number, lease));
            }
        }

        private boolean isOver() {
            if (step.state() == SimLog.State.PENDING) {
                renew();
                return false;
            }
            if (step.state() == SimLog.State.UNKNOWN || !step.isDone() || phase == Phase.NAMING) {
                return true;
            }
            if (phase == Phase.RESERVING) {
                number = Math.toIntExact((Long) step.answer());
                phase = Phase.MAKING;
                // Few have a limit that there cannot be.
                int limit = random.nextInt(20) == 0 ? 0 : 1000;
                data(new DataCommand.CreateDatabase(number, "%032x".formatted(number), clockMs.getAsLong(), limit, 4));
            } else if (copies > 0) {
                copies--;
                // Some twice, which is refused.
                String id = "copied" + random.nextInt(3);
                data(documents.copy(number, List.of(id, random.nextInt(8) == 0 ? id : "also" + copies)));
            } else {
                phase = Phase.NAMING;
                Database old = seen.find(name);
                FormerHead head = old == null ? FormerHead.NONE : old.formerHead();
                step = system().append(new SystemCommand.NameDatabase(number, name, random.nextInt(3) == 0, head));
            }
            return false;
        }

        private void data(Command<?> command) {
            step = logs.get(reserve.group(number)).append(command);
        }
    }

    private enum Phase {
        RESERVING,
        MAKING,
        NAMING
    }
}
