package archipel.engine;

import archipel.changes.Block;
import archipel.changes.ChangesLog;
import archipel.changes.FormerHead;
import archipel.command.DataCommand;
import archipel.command.Refusal;
import archipel.document.ErrorCode;
import archipel.lock.Fences;
import archipel.storage.CatalogKeys;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.KeySpace;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import org.jspecify.annotations.Nullable;

/** Applies commands to the rows of a group's databases: in local mode, replicated mode, recovery and simulation. */
final class Applier {
    private static final Family[] OF_A_DATABASE = {
        Family.DOCUMENT,
        Family.BODY,
        Family.PAST_BODY,
        Family.CHANGE,
        Family.SUPERSEDED,
        Family.HISTORY,
        Family.CHANGE_HISTORY,
        Family.BLOCK,
        Family.BLOCK_HASH,
        Family.LOCAL,
        Family.PURGE,
        Family.CONFLICT,
        Family.ATTACHMENT
    };

    private final Catalog catalog;
    private final PendingRows rows;
    private final DocumentApplier documents;

    Applier(Catalog catalog, PendingRows rows) {
        this.catalog = catalog;
        this.rows = rows;
        this.documents = new DocumentApplier(catalog, rows);
    }

    /**
     * Applies a command.
     *
     * @param position of the command in the log
     * @throws Refusal when it is refused; nothing of it is in the batch then
     */
    // What each command answers is right below; null only where its A may be null.
    @SuppressWarnings({"unchecked", "NullAway"})
    <A extends @Nullable Object> A apply(long position, DataCommand<A> command) {
        return (A)
                switch (command) {
                    case DataCommand.CreateDatabase create -> create(create, position);
                    case DataCommand.EraseDatabase erase -> erase(erase.database());
                    case DataCommand.ForgetErased forget -> forgetErased(forget.database());
                    case DataCommand.Fenced<A> fenced -> {
                        requireV7();
                        database(fenced.database());
                        Fences.require(rows, catalog.keys(), fenced, position);
                        yield apply(position, fenced.command());
                    }
                    default -> apply(command, database(command.database()), position);
                };
    }

    private @Nullable Object apply(DataCommand<?> command, DatabaseRow row, long position) {
        return switch (command) {
            case DataCommand.CreateDatabase _,
                    DataCommand.EraseDatabase _,
                    DataCommand.ForgetErased _,
                    DataCommand.Fenced<?> _ ->
                throw new IllegalArgumentException("is for no database that is there: " + command);
            case DataCommand.WriteDocuments write -> documents.write(write, row, position);
            case DataCommand.CopyDocuments copy -> documents.copy(copy, row, position);
            case DataCommand.WriteLocal local -> local(local, row, position);
            case DataCommand.SetSecurity security -> security(security, row, position);
            case DataCommand.SetLimit limit -> limit(limit, row, position);
            case DataCommand.SetMerge merge -> merge(merge, row, position);
            case DataCommand.Purge purge -> documents.purge(purge, row, position);
            case DataCommand.Rewind rewind -> documents.rewind(rewind, row, position);
            case DataCommand.Compact compact -> compact(row, position);
            case DataCommand.ForgetFences forget -> {
                requireV7();
                yield Fences.forget(rows, catalog.keys(), forget.database(), forget.name());
            }
            case DataCommand.SetHorizon horizon -> horizon(horizon, row, position);
            case DataCommand.RaiseHorizon raise -> raise(raise, row, position);
            case DataCommand.Prune prune -> documents.prune(prune, row, position);
            case DataCommand.Settle settle -> settle(settle, row, position);
            case DataCommand.RestartTime restart -> restart(restart, row, position);
            case DataCommand.StageChunk chunk -> stage(chunk);
            case DataCommand.RenewUpload renew -> renewUpload(renew);
            case DataCommand.DropUpload drop -> dropUpload(drop);
        };
    }

    private void requireV7() {
        if (!catalog.format().isAtLeast(FormatVersion.V7)) {
            throw new Refusal(ErrorCode.FORMAT_TOO_OLD);
        }
    }

    private DatabaseRow database(int number) {
        DatabaseRow row = catalog.find(number);
        if (row == null) {
            throw new Refusal(ErrorCode.NO_DATABASE);
        }
        return row;
    }

    private Void create(DataCommand.CreateDatabase command, long position) {
        if (catalog.find(command.database()) != null) {
            throw new Refusal(ErrorCode.DATABASE_EXISTS);
        }
        requireLimit(command.revisionsLimit());
        KeySpace keys = catalog.keys(command.database());
        Block first = ChangesLog.begin(rows, rows.batch(), keys, command.uuid(), command.timeMs());
        catalog.put(DatabaseRow.created(catalog.group(), command, first, position));
        if (catalog.format().isAtLeast(FormatVersion.V5)) {
            Conflicts.begin(rows, keys);
        }
        return done();
    }

    // Said again where whoever was told before may not have passed it on.
    private FormerHead erase(int database) {
        DatabaseRow row = catalog.find(database);
        if (row != null) {
            return erase(row);
        }
        byte[] erased = rows.get(Family.CATALOG, catalog.keys().erased(database));
        if (erased == null) {
            throw new Refusal(ErrorCode.NO_DATABASE);
        }
        return FormerHead.read(new RowReader(erased));
    }

    private FormerHead erase(DatabaseRow row) {
        KeySpace keys = catalog.keys(row.number());
        for (Family family : OF_A_DATABASE) {
            rows.batch().deleteRange(family, keys.lower(), keys.upper());
        }
        CatalogKeys names = catalog.keys();
        rows.delete(Family.CATALOG, names.state(row.number()));
        rows.delete(Family.CATALOG, names.security(row.number()));
        rows.batch().delete(Family.CATALOG, CatalogKeys.reclaimed(row.number()));
        rows.batch().delete(Family.CATALOG, CatalogKeys.reclaimedBeforeGroups(row.number()));
        rows.batch().deleteRange(Family.CATALOG, names.upload(row.number(), 0), names.upload(row.number() + 1, 0));
        Fences.erase(rows.batch(), names, row.number());
        catalog.erase(row);
        FormerHead head = row.former().and(FormerHead.of(row.state().head()));
        if (head.block() > 0 && catalog.format().isAtLeast(FormatVersion.V4)) {
            RowWriter erased = new RowWriter(48);
            head.write(erased);
            rows.put(Family.CATALOG, names.erased(row.number()), erased.toBytes());
        }
        return head;
    }

    private Void forgetErased(int database) {
        rows.delete(Family.CATALOG, catalog.keys().erased(database));
        return done();
    }

    private Long local(DataCommand.WriteLocal command, DatabaseRow row, long position) {
        long revision = documents.writeLocal(command, row);
        catalog.put(row.withLimits(row.revisionsLimit(), row.purgedInfosLimit(), position));
        return revision;
    }

    private Void security(DataCommand.SetSecurity command, DatabaseRow row, long position) {
        rows.put(Family.CATALOG, catalog.keys().security(command.database()), command.json());
        catalog.put(row.withRules(position));
        return done();
    }

    // Without one no write could be applied any more.
    private static void requireLimit(int revisions) {
        if (revisions < 1) {
            throw new Refusal(ErrorCode.NO_REVISIONS_KEPT);
        }
    }

    private Void limit(DataCommand.SetLimit command, DatabaseRow row, long position) {
        if (command.limit() == DataCommand.Limit.REVISIONS) {
            requireLimit(command.value());
        }
        catalog.put(
                switch (command.limit()) {
                    case REVISIONS -> row.withLimits(command.value(), row.purgedInfosLimit(), position);
                    case PURGED_INFOS -> row.withLimits(row.revisionsLimit(), command.value(), position);
                });
        return done();
    }

    private Void merge(DataCommand.SetMerge command, DatabaseRow row, long position) {
        catalog.put(row.withMerge(command.policy(), position));
        return done();
    }

    private Void compact(DatabaseRow row, long position) {
        long head = row.state().head().number();
        catalog.put(row.withRetention(row.retention().withCompactedTo(head), position));
        return done();
    }

    private Void horizon(DataCommand.SetHorizon command, DatabaseRow row, long position) {
        catalog.put(row.withRetention(row.retention().withPolicy(command.policy()), position));
        return done();
    }

    private Void raise(DataCommand.RaiseHorizon command, DatabaseRow row, long position) {
        long block = Math.min(command.block(), row.state().head().number());
        catalog.put(row.withRetention(row.retention().withHorizon(block), position));
        return done();
    }

    private Void settle(DataCommand.Settle command, DatabaseRow row, long position) {
        catalog.put(row.withRetention(row.retention().withSettled(command.timeMs()), position));
        return done();
    }

    private Void restart(DataCommand.RestartTime command, DatabaseRow row, long position) {
        if (row.aheadMs(command.timeMs()) > 0) {
            long head = row.state().head().number();
            catalog.put(row.withRetention(row.retention().restarted(head), position));
        }
        return done();
    }

    private Void stage(DataCommand.StageChunk command) {
        KeySpace keys = catalog.keys(command.database());
        byte[] marker = catalog.keys().upload(command.database(), command.upload());
        if (command.index() == 0) {
            rows.put(Family.CATALOG, marker, References.marker(command.lease(), catalog.format()));
        } else if (catalog.format().isAtLeast(FormatVersion.V4) && rows.get(Family.CATALOG, marker) == null) {
            throw new Refusal(ErrorCode.UPLOAD_EXPIRED);
        }
        rows.batch().put(Family.ATTACHMENT, keys.chunk(command.upload(), command.index()), command.content());
        return done();
    }

    private Boolean renewUpload(DataCommand.RenewUpload command) {
        byte[] marker = catalog.keys().upload(command.database(), command.upload());
        if (rows.get(Family.CATALOG, marker) == null) {
            return false;
        }
        rows.put(Family.CATALOG, marker, References.marker(command.lease(), catalog.format()));
        return true;
    }

    private Boolean dropUpload(DataCommand.DropUpload command) {
        byte[] marker = catalog.keys().upload(command.database(), command.upload());
        byte[] row = rows.get(Family.CATALOG, marker);
        if (row == null || References.lease(row).untilMs() > command.untilMs()) {
            return false;
        }
        rows.delete(Family.CATALOG, marker);
        References.dropChunks(rows, catalog.keys(command.database()), command.upload());
        return true;
    }

    @SuppressWarnings("NullAway")
    static Void done() {
        return null;
    }
}
