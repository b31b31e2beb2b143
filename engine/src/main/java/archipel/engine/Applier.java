package archipel.engine;

import archipel.changes.Block;
import archipel.changes.ChangesLog;
import archipel.changes.FormerHead;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.storage.CatalogKeys;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.RowWriter;
import java.nio.charset.StandardCharsets;

/** Applies any command to a group's rows. The one applier of local mode, replicated mode, recovery and simulation. */
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
        Family.ATTACHMENT,
        Family.INDEX
    };

    /** For how many commands {@code _db_updates} remembers that a database was dropped. */
    private static final long DROPPED_REMEMBERED = 100_000;

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
     * @throws RequestException when it is refused; nothing of it is in the group then
     */
    @SuppressWarnings("unchecked")
    <R> R apply(Command<R> command) {
        long position = catalog.nextPosition();
        return (R)
                switch (command) {
                    case Command.CreateDatabase create -> create(create, position);
                    case Command.DropDatabase drop -> drop(drop, position);
                    case Command.WriteDocuments write -> documents.write(write, database(write.database()), position);
                    case Command.CopyDocuments copy -> documents.copy(copy, database(copy.database()), position);
                    case Command.Publish publish -> publish(publish, position);
                    case Command.WriteLocal local -> local(local, position);
                    case Command.SetSecurity security -> security(security, position);
                    case Command.SetLimit limit -> limit(limit, position);
                    case Command.Purge purge -> documents.purge(purge, database(purge.database()), position);
                    case Command.Compact compact -> compact(compact, position);
                    case Command.SetHorizon horizon -> horizon(horizon, position);
                    case Command.RaiseHorizon raise -> raise(raise, position);
                    case Command.Prune prune -> documents.prune(prune.step(), database(prune.database()), position);
                    case Command.Settle settle -> settle(settle, position);
                    case Command.RestartTime restart -> restart(restart, position);
                    case Command.StageChunk chunk -> stage(chunk);
                    case Command.DropUpload drop -> dropUpload(drop);
                    case Command.PutFact fact -> fact(fact);
                };
    }

    private DatabaseRow database(int number) {
        DatabaseRow row = catalog.find(number);
        if (row == null) {
            throw new RequestException(ErrorCode.NO_DATABASE);
        }
        return row;
    }

    private Integer create(Command.CreateDatabase command, long position) {
        if (catalog.find(command.name()) != null) {
            throw new RequestException(ErrorCode.DATABASE_EXISTS);
        }
        int number = catalog.nextNumber();
        KeySpace keys = new KeySpace(CatalogKeys.LOCAL_GROUP, number);
        Block first = ChangesLog.begin(rows.batch(), keys, command.uuid(), command.timeMs());
        rows.put(
                Family.CATALOG,
                CatalogKeys.database(command.name()),
                new RowWriter(4).u32(number).toBytes());
        FormerHead former = catalog.formerHeads().take(rows.batch(), command.name());
        catalog.put(DatabaseRow.created(number, command, first, former, position));
        return number;
    }

    private Void drop(Command.DropDatabase command, long position) {
        DatabaseRow row = catalog.find(command.name());
        if (row == null) {
            throw new RequestException(ErrorCode.NO_DATABASE);
        }
        drop(row);
        if (row.isUnfinished()) {
            catalog.drop(row, position);
            return done();
        }
        rows.put(Family.CATALOG, CatalogKeys.dropped(position), row.name().getBytes(StandardCharsets.UTF_8));
        if (position > DROPPED_REMEMBERED) {
            rows.batch()
                    .deleteRange(
                            Family.CATALOG, CatalogKeys.dropped(0), CatalogKeys.dropped(position - DROPPED_REMEMBERED));
        }
        catalog.formerHeads().remember(rows.batch(), row.name(), row.formerHead(), position);
        catalog.drop(row, position);
        return done();
    }

    private void drop(DatabaseRow row) {
        KeySpace keys = new KeySpace(CatalogKeys.LOCAL_GROUP, row.number());
        for (Family family : OF_A_DATABASE) {
            rows.batch().deleteRange(family, keys.lower(), keys.upper());
        }
        rows.delete(Family.CATALOG, CatalogKeys.database(row.name()));
        rows.delete(Family.CATALOG, CatalogKeys.state(row.number()));
        rows.delete(Family.CATALOG, CatalogKeys.security(row.number()));
        rows.batch().delete(Family.CATALOG, CatalogKeys.reclaimed(row.number()));
        rows.batch()
                .deleteRange(
                        Family.CATALOG, CatalogKeys.upload(row.number(), 0), CatalogKeys.upload(row.number() + 1, 0));
    }

    private Void publish(Command.Publish command, long position) {
        DatabaseRow row = database(command.database());
        DatabaseRow old = catalog.find(command.name());
        if (old != null) {
            if (!command.replace()) {
                throw new RequestException(ErrorCode.DATABASE_EXISTS);
            }
            drop(old);
            catalog.drop(old, position);
        }
        FormerHead former = old == null ? catalog.formerHeads().take(rows.batch(), command.name()) : old.formerHead();
        rows.delete(Family.CATALOG, CatalogKeys.database(row.name()));
        rows.put(
                Family.CATALOG,
                CatalogKeys.database(command.name()),
                new RowWriter(4).u32(row.number()).toBytes());
        catalog.rename(row, row.withName(command.name(), former, position));
        return done();
    }

    private Long local(Command.WriteLocal command, long position) {
        DatabaseRow row = database(command.database());
        long revision = documents.writeLocal(command, row);
        catalog.put(row.withLimits(row.revisionsLimit(), row.purgedInfosLimit(), position));
        return revision;
    }

    private Void security(Command.SetSecurity command, long position) {
        DatabaseRow row = database(command.database());
        rows.put(Family.CATALOG, CatalogKeys.security(command.database()), command.json());
        catalog.put(row.withRules(position));
        return done();
    }

    private Void limit(Command.SetLimit command, long position) {
        DatabaseRow row = database(command.database());
        catalog.put(
                switch (command.limit()) {
                    case REVISIONS -> row.withLimits(command.value(), row.purgedInfosLimit(), position);
                    case PURGED_INFOS -> row.withLimits(row.revisionsLimit(), command.value(), position);
                });
        return done();
    }

    private Void compact(Command.Compact command, long position) {
        DatabaseRow row = database(command.database());
        long head = row.state().head().number();
        catalog.put(row.withRetention(row.retention().withCompactedTo(head), position));
        return done();
    }

    private Void horizon(Command.SetHorizon command, long position) {
        DatabaseRow row = database(command.database());
        catalog.put(row.withRetention(row.retention().withPolicy(command.policy()), position));
        return done();
    }

    private Void raise(Command.RaiseHorizon command, long position) {
        DatabaseRow row = database(command.database());
        long block = Math.min(command.block(), row.state().head().number());
        catalog.put(row.withRetention(row.retention().withHorizon(block), position));
        return done();
    }

    private Void settle(Command.Settle command, long position) {
        DatabaseRow row = database(command.database());
        catalog.put(row.withRetention(row.retention().withSettled(command.timeMs()), position));
        return done();
    }

    private Void restart(Command.RestartTime command, long position) {
        DatabaseRow row = database(command.database());
        if (row.aheadMs(command.timeMs()) > 0) {
            long head = row.state().head().number();
            catalog.put(row.withRetention(row.retention().restarted(head), position));
        }
        return done();
    }

    private Void stage(Command.StageChunk command) {
        KeySpace keys = new KeySpace(
                CatalogKeys.LOCAL_GROUP, database(command.database()).number());
        if (command.index() == 0) {
            rows.put(Family.CATALOG, CatalogKeys.upload(command.database(), command.upload()), References.marker());
        }
        rows.batch().put(Family.ATTACHMENT, keys.chunk(command.upload(), command.index()), command.bytesOfChunk());
        return done();
    }

    private Boolean dropUpload(Command.DropUpload command) {
        byte[] marker = CatalogKeys.upload(command.database(), command.upload());
        if (rows.get(Family.CATALOG, marker) == null) {
            return false;
        }
        rows.delete(Family.CATALOG, marker);
        References.dropChunks(rows, new KeySpace(CatalogKeys.LOCAL_GROUP, command.database()), command.upload());
        return true;
    }

    private Void fact(Command.PutFact command) {
        String value = command.value();
        if (value == null) {
            rows.delete(Family.CATALOG, CatalogKeys.fact(command.key()));
        } else {
            rows.put(Family.CATALOG, CatalogKeys.fact(command.key()), value.getBytes(StandardCharsets.UTF_8));
        }
        return done();
    }

    @SuppressWarnings("NullAway")
    static Void done() {
        return null;
    }
}
