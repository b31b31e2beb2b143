package archipel.engine;

import archipel.changes.FormerHead;
import archipel.command.Refusal;
import archipel.command.SystemCommand;
import archipel.document.ErrorCode;
import archipel.engine.SystemCatalog.Nameless;
import archipel.engine.SystemCatalog.Placement;
import archipel.storage.CatalogKeys;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Applies the commands of the system group: which databases there are, and facts. */
final class SystemApplier {
    /** For how many commands {@code _db_updates} remembers that a database was dropped. */
    static final long DROPPED_REMEMBERED = 100_000;

    private final SystemCatalog catalog;
    private final PendingRows rows;
    private final Set<Integer> groups;
    private final Supplier<FormatVersion> formats;

    /**
     * @param groups of this node
     * @param formats in which the command under way has rows written
     */
    SystemApplier(SystemCatalog catalog, PendingRows rows, Set<Integer> groups, Supplier<FormatVersion> formats) {
        this.catalog = catalog;
        this.rows = rows;
        this.groups = groups;
        this.formats = formats;
    }

    /**
     * Applies a command.
     *
     * @param position of the command in the log
     * @throws Refusal when it is refused; nothing of it is in the round then
     */
    @SuppressWarnings("unchecked")
    <A extends @Nullable Object> A apply(long position, SystemCommand<A> command) {
        return (A)
                switch (command) {
                    case SystemCommand.ReserveDatabase reserve -> reserve(reserve);
                    case SystemCommand.NameDatabase name -> name(name, position);
                    case SystemCommand.DropDatabase drop -> drop(drop, position);
                    case SystemCommand.AbandonDatabase abandon -> abandon(abandon);
                    case SystemCommand.RenewDatabase renew -> renew(renew);
                    case SystemCommand.ForgetDatabase forget -> forget(forget, position);
                    case SystemCommand.PutFact fact -> fact(fact);
                    case SystemCommand.Extend none -> throw new Refusal(ErrorCode.OTHER_GROUP);
                };
    }

    private Long reserve(SystemCommand.ReserveDatabase command) {
        int number = catalog.nextNumber();
        int group = command.group(number);
        requireGroup(number, group);
        catalog.reserve(new Nameless(number, group, true, command.lease(), ""), formats.get());
        return (long) number;
    }

    // Once a database in a group that is none had a name, nobody could find it, and no node could open the data. How
    // many groups a node has is no state of the group: the others may have more, so that it cannot refuse.
    private void requireGroup(int number, int group) {
        if (!formats.get().isAtLeast(FormatVersion.V6)) {
            if (group > CatalogKeys.DATA_GROUP) {
                throw new Refusal(ErrorCode.NO_GROUP, group);
            }
        } else if (!groups.contains(group)) {
            throw new IllegalStateException("database " + number + " is to be in group " + group
                    + ", which this node does not have; give its log as many data groups as the other nodes have");
        }
    }

    private Void name(SystemCommand.NameDatabase command, long position) {
        Nameless built = catalog.findNameless(command.database());
        if (built == null || !built.building()) {
            throw new Refusal(ErrorCode.NO_DATABASE);
        }
        Placement old = catalog.find(command.name());
        FormerHead former;
        if (old == null) {
            former = catalog.formerHeads().take(rows.batch(), command.name());
        } else if (command.replace()) {
            former = old.former().and(command.replaced());
            catalog.drop(old, position, formats.get());
        } else {
            throw new Refusal(ErrorCode.DATABASE_EXISTS);
        }
        catalog.name(new Placement(command.name(), built.number(), built.group(), position, former), formats.get());
        return Applier.done();
    }

    private Void drop(SystemCommand.DropDatabase command, long position) {
        Placement placement = catalog.find(command.name());
        if (placement == null || placement.number() != command.database()) {
            throw new Refusal(ErrorCode.NO_DATABASE);
        }
        rows.put(
                Family.CATALOG,
                catalog.keys().dropped(position),
                placement.name().getBytes(StandardCharsets.UTF_8));
        if (position > DROPPED_REMEMBERED) {
            rows.batch()
                    .deleteRange(
                            Family.CATALOG,
                            catalog.keys().dropped(0),
                            catalog.keys().dropped(position - DROPPED_REMEMBERED));
        }
        FormerHead head = placement.former().and(command.head());
        catalog.formerHeads().remember(rows.batch(), placement.name(), head, position);
        catalog.drop(placement, position, formats.get());
        return Applier.done();
    }

    private Void abandon(SystemCommand.AbandonDatabase command) {
        Nameless built = catalog.findNameless(command.database());
        if (built == null) {
            throw new Refusal(ErrorCode.NO_DATABASE);
        }
        if (built.lease().untilMs() <= command.untilMs()) {
            catalog.abandon(built, formats.get());
        }
        return Applier.done();
    }

    private Void renew(SystemCommand.RenewDatabase command) {
        Nameless built = catalog.findNameless(command.database());
        if (built == null || !built.building()) {
            throw new Refusal(ErrorCode.NO_DATABASE);
        }
        catalog.reserve(
                new Nameless(built.number(), built.group(), true, command.lease(), built.name()), formats.get());
        return Applier.done();
    }

    // Said again after a kill, so that nothing being there is no error.
    private Void forget(SystemCommand.ForgetDatabase command, long position) {
        Nameless dropped = catalog.findNameless(command.database());
        if (dropped != null && !dropped.building()) {
            catalog.forget(dropped, formats.get());
            if (!dropped.name().isEmpty() && command.head().block() > 0) {
                remember(dropped.name(), command.head(), position);
            }
        }
        return Applier.done();
    }

    // What was written between the drop and the erasure: whoever dropped the database could not know of it.
    private void remember(String name, FormerHead head, long position) {
        Placement next = catalog.find(name);
        if (next == null) {
            FormerHead known = catalog.formerHeads().find(name);
            catalog.formerHeads().remember(rows.batch(), name, known.and(head), position);
        } else if (!next.former().covers(head)) {
            catalog.renew(
                    new Placement(
                            name,
                            next.number(),
                            next.group(),
                            next.position(),
                            next.former().and(head)),
                    formats.get());
        }
    }

    private Void fact(SystemCommand.PutFact command) {
        if (catalog.keys().group() != CatalogKeys.SYSTEM_GROUP) {
            throw new Refusal(ErrorCode.OTHER_GROUP);
        }
        String value = command.value();
        if (value == null) {
            rows.delete(Family.CATALOG, CatalogKeys.fact(command.key()));
        } else {
            rows.put(Family.CATALOG, CatalogKeys.fact(command.key()), value.getBytes(StandardCharsets.UTF_8));
        }
        catalog.fact(command.key(), value);
        return Applier.done();
    }
}
