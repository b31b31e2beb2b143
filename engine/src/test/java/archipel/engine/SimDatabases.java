package archipel.engine;

import archipel.changes.FormerHead;
import archipel.command.Command;
import archipel.command.DataCommand;
import archipel.command.Lease;
import archipel.command.SystemCommand;
import archipel.engine.SystemCatalog.Nameless;
import archipel.engine.SystemCatalog.Placement;
import archipel.storage.CatalogKeys;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes and drops databases in the steps that nodes do it in, one after the other. Whoever does not hear what became of
 * a step stops there, as a node does that dies; the leader of the system group deletes what is left.
 */
final class SimDatabases {
    private static final List<String> NAMES = List.of("one", "two", "three", "four");

    private final Map<Integer, SimLog> logs;
    private final SplittableRandom random;
    private final LongSupplier clockMs;
    private final SimDocuments documents;
    private final List<Building> building = new ArrayList<>();
    private final Set<String> alive = new HashSet<>();
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
    void create(SimView leader) {
        Building made = new Building("owner" + owners++, random.nextInt(1, logs.size()), any(NAMES), leader);
        building.add(made);
        alive.add(made.owner);
    }

    /** Drops one, if there is any. */
    void drop(SimView leader) {
        Placement placement = leader.names.get(any(NAMES));
        if (placement != null) {
            system().append(new SystemCommand.DropDatabase(
                    placement.name(), placement.number(), head(leader, placement)));
        }
    }

    private static FormerHead head(SimView view, @Nullable Placement placement) {
        DatabaseRow row = placement == null ? null : view.databases.get(placement.number());
        return row == null ? FormerHead.NONE : FormerHead.of(row.state().head());
    }

    void putFact() {
        system().append(new SystemCommand.PutFact(any(NAMES), random.nextBoolean() ? null : "" + random.nextInt(9)));
    }

    /** Those who make a database go on, unless they do not know what became of their last step. */
    void goOn() {
        building.removeIf(one -> {
            boolean over = one.isOver();
            if (over) {
                alive.remove(one.owner);
            }
            return over;
        });
    }

    /** All who make a database die. */
    void stop() {
        building.clear();
        alive.clear();
    }

    /** What the leader of the system group does now and then: gives up what the dead were making, deletes the rest. */
    void tend(SimNode leader) {
        for (Nameless database : SystemCatalog.load(leader.store()).namelessDatabases()) {
            if (database.building()) {
                if (!alive.contains(database.lease().owner())) {
                    system().append(new SystemCommand.AbandonDatabase(database.number()));
                }
            } else {
                Erasing known = erasing.get(database.number());
                if (known == null || known.step.state() == SimLog.State.UNKNOWN) {
                    SimLog.Ticket step =
                            logs.get(database.group()).append(new DataCommand.EraseDatabase(database.number()));
                    erasing.put(database.number(), new Erasing(step, false));
                } else if (known.step.state() == SimLog.State.ACKNOWLEDGED && !known.forgetting) {
                    // Refused where there was nothing to delete.
                    SimLog.Ticket step = system().append(new SystemCommand.ForgetDatabase(
                            database.number(),
                            known.step.isDone() ? (FormerHead) known.step.answer() : FormerHead.NONE));
                    erasing.put(database.number(), new Erasing(step, true));
                }
            }
        }
    }

    private <T> T any(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    private record Erasing(SimLog.Ticket step, boolean forgetting) {}

    /** One that makes a database. */
    private final class Building {
        private final String owner;
        private final int group;
        private final String name;
        private final SimView seen;
        private int copies = random.nextInt(3);
        private int number;
        private Phase phase = Phase.RESERVING;
        private SimLog.Ticket step;

        Building(String owner, int group, String name, SimView seen) {
            this.owner = owner;
            this.group = group;
            this.name = name;
            this.seen = seen;
            this.step = system().append(new SystemCommand.ReserveDatabase(group, new Lease(owner, 1)));
        }

        private boolean isOver() {
            if (step.state() == SimLog.State.PENDING) {
                return false;
            }
            if (step.state() == SimLog.State.UNKNOWN || !step.isDone() || phase == Phase.NAMING) {
                return true;
            }
            if (phase == Phase.RESERVING) {
                number = Math.toIntExact((Long) step.answer());
                phase = Phase.MAKING;
                data(new DataCommand.CreateDatabase(number, "%032x".formatted(number), clockMs.getAsLong(), 1000, 4));
            } else if (copies > 0) {
                copies--;
                data(documents.copy(number, List.of("copied" + copies, "also" + copies)));
            } else {
                phase = Phase.NAMING;
                step = system().append(new SystemCommand.NameDatabase(
                        number, name, random.nextInt(3) == 0, head(seen, seen.names.get(name))));
            }
            return false;
        }

        private void data(Command<?> command) {
            step = logs.get(group).append(command);
        }
    }

    private enum Phase {
        RESERVING,
        MAKING,
        NAMING
    }
}
