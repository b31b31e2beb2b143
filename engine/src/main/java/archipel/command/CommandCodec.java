package archipel.command;

import archipel.changes.FormerHead;
import archipel.document.CorruptTreeException;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.history.PruneStep;
import archipel.merge.MergePolicy;
import archipel.storage.FormatVersion;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.StorageException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Commands as bytes: the kind's name, the version of its fields, the fields. In one format a command has one encoding,
 * so that logs can be compared byte by byte. A version that lacks a field which a later one has is read with the value
 * that changes nothing.
 *
 * <p>Reading throws {@link UnknownCommandException} for what a newer program wrote, and {@link StorageException} of
 * kind corrupt for anything that this codec did not write.
 */
public final class CommandCodec {
    private static final int FOLLOWS_NODE = 0;
    private static final int ALL = 1;
    private static final int NEWEST = 2;

    private final RowWriter out;
    private final FormatVersion format;

    private CommandCodec(RowWriter out, FormatVersion format) {
        this.out = out;
        this.format = format;
    }

    /**
     * Writes a command as the nodes of its group understand it.
     *
     * @param format that the group was raised to
     * @throws IllegalArgumentException where that format does not have the command
     */
    public static byte[] encode(Command<?> command, FormatVersion format) {
        RowWriter out = new RowWriter((int) Math.min(command.bytes(), 1 << 30));
        new CommandCodec(out, format).write(command);
        return out.toBytes();
    }

    private void write(Command<?> command) {
        switch (command) {
            case GroupCommand<?> group -> write(group);
            case SystemCommand<?> system -> write(system);
            case LockCommand<?> lock -> LockFields.write(begin(CommandKind.of(lock)), lock);
            case TopicCommand<?> topic -> TopicFields.write(begin(CommandKind.of(topic)), topic);
            case DataCommand<?> data -> write(data);
            default -> throw new IllegalArgumentException("no command of this codec: " + command.getClass());
        }
    }

    private RowWriter begin(CommandKind kind) {
        return out.text(kind.text()).varint(kind.version(format));
    }

    // The fields that a kind's second version has more are at its end.
    private boolean isFirst(CommandKind kind) {
        return kind.version(format) == 1;
    }

    private void write(GroupCommand<?> command) {
        switch (command) {
            case GroupCommand.RaiseFormat raise ->
                begin(CommandKind.RAISE_FORMAT).varint(raise.version());
            case GroupCommand.Duty<?> duty -> {
                begin(CommandKind.DUTY).varint(duty.term());
                write(duty.command());
            }
            case GroupCommand.Once<?> once -> {
                begin(CommandKind.ONCE)
                        .u64(once.origin())
                        .varint(once.run())
                        .varint(once.number())
                        .varint(once.after());
                write(once.command());
            }
            case GroupCommand.ForgetOrigin forget ->
                begin(CommandKind.FORGET_ORIGIN).u64(forget.origin());
            case GroupCommand.Part part ->
                begin(CommandKind.PART)
                        .u64(part.origin())
                        .varint(part.run())
                        .varint(part.transfer())
                        .varint(part.number())
                        .block(part.content());
            case GroupCommand.Assembled<?> whole ->
                begin(CommandKind.ASSEMBLED)
                        .u64(whole.origin())
                        .varint(whole.run())
                        .varint(whole.transfer())
                        .varint(whole.parts())
                        .varint(whole.length())
                        .varint(whole.timeMs())
                        .u8(whole.relieves() ? 1 : 0);
        }
    }

    private void write(SystemCommand<?> command) {
        switch (command) {
            case SystemCommand.ReserveDatabase reserve -> {
                begin(CommandKind.RESERVE_DATABASE).varint(reserve.first());
                if (format.isAtLeast(FormatVersion.V6)) {
                    out.varint(reserve.groups());
                } else if (reserve.groups() > 1) {
                    throw new RequestException(ErrorCode.FORMAT_TOO_OLD);
                }
                if (isFirst(CommandKind.RESERVE_DATABASE)) {
                    out.text(reserve.lease().owner());
                } else {
                    reserve.lease().write(out);
                }
            }
            case SystemCommand.NameDatabase name -> {
                begin(CommandKind.NAME_DATABASE)
                        .varint(name.database())
                        .text(name.name())
                        .u8(name.replace() ? 1 : 0);
                name.replaced().write(out);
            }
            case SystemCommand.DropDatabase drop -> {
                begin(CommandKind.DROP_DATABASE).text(drop.name()).varint(drop.database());
                drop.head().write(out);
            }
            case SystemCommand.AbandonDatabase abandon -> {
                begin(CommandKind.ABANDON_DATABASE).varint(abandon.database());
                if (!isFirst(CommandKind.ABANDON_DATABASE)) {
                    out.varint(abandon.untilMs());
                }
            }
            case SystemCommand.RenewDatabase renew -> {
                begin(CommandKind.RENEW_DATABASE).varint(renew.database());
                renew.lease().write(out);
            }
            case SystemCommand.ForgetDatabase forget -> {
                begin(CommandKind.FORGET_DATABASE).varint(forget.database());
                if (!isFirst(CommandKind.FORGET_DATABASE)) {
                    forget.head().write(out);
                }
            }
            case SystemCommand.PutFact fact ->
                Fields.optionalText(begin(CommandKind.PUT_FACT).text(fact.key()), fact.value());
            case SystemCommand.Extend extend ->
                begin(CommandKind.EXTEND).varint(extend.timeMs()).block(extend.command());
        }
    }

    private void write(DataCommand<?> command) {
        switch (command) {
            case DataCommand.CreateDatabase create ->
                begin(CommandKind.CREATE_DATABASE)
                        .varint(create.database())
                        .text(create.uuid())
                        .varint(create.timeMs())
                        .varint(create.revisionsLimit())
                        .varint(create.purgedInfosLimit());
            case DataCommand.EraseDatabase erase ->
                begin(CommandKind.ERASE_DATABASE).varint(erase.database());
            case DataCommand.ForgetErased forget ->
                begin(CommandKind.FORGET_ERASED).varint(forget.database());
            case DataCommand.WriteDocuments write -> {
                if (isFirst(CommandKind.WRITE_DOCUMENTS)
                        && !write.edits().stream().allMatch(edit -> Fields.isOfFirstVersion(edit.edit()))) {
                    throw new RequestException(ErrorCode.FORMAT_TOO_OLD);
                }
                begin(CommandKind.WRITE_DOCUMENTS)
                        .varint(write.database())
                        .varint(write.timeMs())
                        .u8(write.atomic() ? 1 : 0)
                        .varint(write.rules() + 1);
                Fields.list(out, write.edits(), Fields::edit);
                Fields.list(out, write.staged(), Fields::staged);
            }
            case DataCommand.CopyDocuments copy -> {
                begin(CommandKind.COPY_DOCUMENTS).varint(copy.database()).varint(copy.timeMs());
                Fields.list(out, copy.documents(), Fields::copied);
                Fields.list(out, copy.staged(), Fields::staged);
            }
            case DataCommand.WriteLocal local ->
                Fields.optionalBlock(
                        begin(CommandKind.WRITE_LOCAL).varint(local.database()).text(local.id()), local.json());
            case DataCommand.SetSecurity security ->
                begin(CommandKind.SET_SECURITY).varint(security.database()).block(security.json());
            case DataCommand.SetLimit limit ->
                begin(CommandKind.SET_LIMIT)
                        .varint(limit.database())
                        .u8(limit(limit.limit()))
                        .varint(limit.value());
            case DataCommand.SetMerge merge ->
                begin(CommandKind.SET_MERGE)
                        .varint(merge.database())
                        .block(merge.policy().json());
            case DataCommand.Purge purge -> {
                begin(CommandKind.PURGE).varint(purge.database()).varint(purge.timeMs());
                Fields.list(out, purge.documents(), Fields::purged);
            }
            case DataCommand.Rewind rewind ->
                begin(CommandKind.REWIND)
                        .varint(rewind.database())
                        .varint(rewind.timeMs())
                        .varint(rewind.number())
                        .raw(rewind.hash())
                        .varint(rewind.maxBytes());
            default -> writeUpkeep(command);
        }
    }

    // What serves the space and the time of databases rather than their documents.
    private void writeUpkeep(DataCommand<?> command) {
        switch (command) {
            case DataCommand.Compact compact -> begin(CommandKind.COMPACT).varint(compact.database());
            case DataCommand.ForgetFences forget ->
                begin(CommandKind.FORGET_FENCES).varint(forget.database()).text(forget.name());
            case DataCommand.SetHorizon horizon ->
                policy(begin(CommandKind.SET_HORIZON).varint(horizon.database()), horizon.policy());
            case DataCommand.RaiseHorizon raise ->
                begin(CommandKind.RAISE_HORIZON).varint(raise.database()).varint(raise.block());
            case DataCommand.Prune prune -> {
                begin(CommandKind.PRUNE).varint(prune.database()).varint(prune.prunedTo());
                Fields.list(
                        out,
                        prune.versions(),
                        (row, version) ->
                                row.text(version.id()).varint(version.until()).varint(version.seq()));
                Fields.list(
                        out,
                        prune.bodies(),
                        (row, body) -> Fields.revision(row.text(body.id()), body.revision())
                                .varint(body.writtenBefore()));
            }
            case DataCommand.Settle settle ->
                begin(CommandKind.SETTLE).varint(settle.database()).varint(settle.timeMs());
            case DataCommand.RestartTime restart ->
                begin(CommandKind.RESTART_TIME).varint(restart.database()).varint(restart.timeMs());
            case DataCommand.StageChunk chunk -> {
                begin(CommandKind.STAGE_CHUNK)
                        .varint(chunk.database())
                        .u64(chunk.upload())
                        .varint(chunk.index())
                        .block(chunk.content());
                if (!isFirst(CommandKind.STAGE_CHUNK)) {
                    chunk.lease().write(out);
                }
            }
            case DataCommand.RenewUpload renew -> {
                begin(CommandKind.RENEW_UPLOAD).varint(renew.database()).u64(renew.upload());
                renew.lease().write(out);
            }
            case DataCommand.DropUpload drop -> {
                begin(CommandKind.DROP_UPLOAD).varint(drop.database()).u64(drop.upload());
                if (!isFirst(CommandKind.DROP_UPLOAD)) {
                    out.varint(drop.untilMs());
                }
            }
            case DataCommand.Fenced<?> fenced -> {
                begin(CommandKind.FENCED);
                Fields.list(
                        out,
                        fenced.fences(),
                        (row, fence) -> row.text(fence.name()).varint(fence.token()));
                write(fenced.command());
            }
            default -> throw new IllegalArgumentException("no command of this codec: " + command.getClass());
        }
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @throws UnknownCommandException where a newer program wrote it
     * @throws StorageException of kind corrupt where no program of ours did
     */
    public static Command<?> decode(byte[] bytes) {
        RowReader in = new RowReader(bytes);
        Command<?> command = read(in, null);
        if (in.remaining() > 0) {
            throw new StorageException(StorageException.Kind.CORRUPT, in.remaining() + " bytes follow a command");
        }
        return command;
    }

    // What a log wraps, or a duty is, is no other of these: bytes that say so must not nest without an end.
    private static Command<?> read(RowReader in, @Nullable CommandKind outer) {
        String name = in.text();
        try {
            int version = Fields.number(in);
            CommandKind kind = CommandKind.of(name, version);
            if (outer != null && isOutermost(kind, outer)) {
                throw new IllegalArgumentException("in another, " + outer.text());
            }
            return read(kind, version, in);
        } catch (IllegalArgumentException | CorruptTreeException e) {
            throw new StorageException(StorageException.Kind.CORRUPT, "a command " + name, e);
        }
    }

    private static boolean isOutermost(CommandKind kind, CommandKind outer) {
        return kind == CommandKind.ONCE || kind == outer || kind == CommandKind.DUTY && outer == CommandKind.FENCED;
    }

    // Java evaluates arguments from left to right, in the order of the fields.
    private static Command<?> read(CommandKind kind, int version, RowReader in) {
        boolean first = version == 1;
        return switch (kind) {
            case RAISE_FORMAT -> new GroupCommand.RaiseFormat(Fields.number(in));
            case DUTY -> new GroupCommand.Duty<>(in.varint(), read(in, kind));
            case ONCE -> new GroupCommand.Once<>(in.u64(), in.varint(), in.varint(), in.varint(), read(in, kind));
            case FORGET_ORIGIN -> new GroupCommand.ForgetOrigin(in.u64());
            case PART -> new GroupCommand.Part(in.u64(), in.varint(), in.varint(), Fields.number(in), in.block());
            case ASSEMBLED -> assembled(in);
            case RESERVE_DATABASE ->
                new SystemCommand.ReserveDatabase(
                        Fields.number(in),
                        version < 3 ? 1 : Fields.number(in),
                        first ? new Lease(in.text(), 0) : Lease.read(in));
            case NAME_DATABASE ->
                new SystemCommand.NameDatabase(Fields.number(in), in.text(), Fields.flag(in), FormerHead.read(in));
            case DROP_DATABASE -> new SystemCommand.DropDatabase(in.text(), Fields.number(in), FormerHead.read(in));
            case ABANDON_DATABASE ->
                new SystemCommand.AbandonDatabase(Fields.number(in), first ? Long.MAX_VALUE : in.varint());
            case RENEW_DATABASE -> new SystemCommand.RenewDatabase(Fields.number(in), Lease.read(in));
            case FORGET_DATABASE ->
                new SystemCommand.ForgetDatabase(Fields.number(in), first ? FormerHead.NONE : FormerHead.read(in));
            case PUT_FACT -> new SystemCommand.PutFact(in.text(), Fields.optionalText(in));
            case ACQUIRE_LOCK, RENEW_LOCK, RELEASE_LOCK, WITHDRAW_FROM_LOCK, EXPIRE_LOCK -> LockFields.read(kind, in);
            case CREATE_TOPIC, DROP_TOPIC, PUBLISH, TRIM_TOPIC, CLOSE_TOPIC, FORGET_TOPIC -> TopicFields.read(kind, in);
            case EXTEND -> extend(in.varint(), in.block());
            case CREATE_DATABASE ->
                new DataCommand.CreateDatabase(
                        Fields.number(in), in.text(), in.varint(), Fields.number(in), Fields.number(in));
            case ERASE_DATABASE -> new DataCommand.EraseDatabase(Fields.number(in));
            case FORGET_ERASED -> new DataCommand.ForgetErased(Fields.number(in));
            case WRITE_DOCUMENTS -> writeDocuments(in, first);
            case COPY_DOCUMENTS ->
                new DataCommand.CopyDocuments(
                        Fields.number(in),
                        in.varint(),
                        Fields.list(in, Fields::copied),
                        Fields.list(in, Fields::staged));
            case WRITE_LOCAL -> new DataCommand.WriteLocal(Fields.number(in), in.text(), Fields.optionalBlock(in));
            case SET_SECURITY -> new DataCommand.SetSecurity(Fields.number(in), in.block());
            case SET_LIMIT -> new DataCommand.SetLimit(Fields.number(in), limit(in.u8()), Fields.number(in));
            case SET_MERGE -> new DataCommand.SetMerge(Fields.number(in), policy(in.block()));
            case PURGE -> new DataCommand.Purge(Fields.number(in), in.varint(), Fields.list(in, Fields::purged));
            case REWIND -> new DataCommand.Rewind(Fields.number(in), in.varint(), in.varint(), in.raw(32), in.varint());
            case COMPACT -> new DataCommand.Compact(Fields.number(in));
            case FORGET_FENCES -> new DataCommand.ForgetFences(Fields.number(in), in.text());
            case SET_HORIZON -> new DataCommand.SetHorizon(Fields.number(in), policy(in));
            case RAISE_HORIZON -> new DataCommand.RaiseHorizon(Fields.number(in), in.varint());
            case PRUNE -> prune(in);
            case SETTLE -> new DataCommand.Settle(Fields.number(in), in.varint());
            case RESTART_TIME -> new DataCommand.RestartTime(Fields.number(in), in.varint());
            case STAGE_CHUNK ->
                new DataCommand.StageChunk(
                        Fields.number(in),
                        in.u64(),
                        Fields.number(in),
                        in.block(),
                        first ? Lease.NONE : Lease.read(in));
            case RENEW_UPLOAD -> new DataCommand.RenewUpload(Fields.number(in), in.u64(), Lease.read(in));
            case DROP_UPLOAD ->
                new DataCommand.DropUpload(Fields.number(in), in.u64(), first ? Long.MAX_VALUE : in.varint());
            case FENCED -> fenced(in);
        };
    }

    private static GroupCommand.Assembled<?> assembled(RowReader in) {
        return new GroupCommand.Assembled<>(
                in.u64(), in.varint(), in.varint(), Fields.number(in), in.varint(), in.varint(), Fields.flag(in));
    }

    private static DataCommand.Fenced<?> fenced(RowReader in) {
        List<Fence> fences = Fields.list(in, row -> new Fence(row.text(), row.varint()));
        if (read(in, CommandKind.FENCED) instanceof DataCommand<?> command) {
            return new DataCommand.Fenced<>(fences, command);
        }
        throw new IllegalArgumentException("a fenced command that changes no database");
    }

    private static SystemCommand.Extend extend(long timeMs, byte[] command) {
        return new SystemCommand.Extend(command, timeMs, 0);
    }

    private static DataCommand.WriteDocuments writeDocuments(RowReader in, boolean first) {
        int database = Fields.number(in);
        long timeMs = in.varint();
        boolean atomic = Fields.flag(in);
        long rules = in.varint() - 1;
        return new DataCommand.WriteDocuments(
                database,
                timeMs,
                Fields.list(in, row -> Fields.edit(row, first)),
                atomic,
                Fields.list(in, Fields::staged),
                rules);
    }

    private static DataCommand.Prune prune(RowReader in) {
        int database = Fields.number(in);
        long prunedTo = in.varint();
        return new DataCommand.Prune(
                database,
                Fields.list(in, row -> new PruneStep.Version(row.text(), row.varint(), row.varint())),
                Fields.list(in, row -> new PruneStep.OldBody(row.text(), Fields.revision(row), row.varint())),
                prunedTo);
    }

    private static MergePolicy policy(byte[] json) {
        try {
            return MergePolicy.ofStored(new String(json, StandardCharsets.UTF_8));
        } catch (RequestException e) {
            throw new IllegalArgumentException("no merge policy", e);
        }
    }

    private static int limit(DataCommand.Limit limit) {
        return switch (limit) {
            case REVISIONS -> 0;
            case PURGED_INFOS -> 1;
        };
    }

    private static DataCommand.Limit limit(int number) {
        return switch (number) {
            case 0 -> DataCommand.Limit.REVISIONS;
            case 1 -> DataCommand.Limit.PURGED_INFOS;
            default -> throw new IllegalArgumentException("limit " + number);
        };
    }

    private static void policy(RowWriter out, @Nullable HorizonPolicy policy) {
        switch (policy) {
            case null -> out.u8(FOLLOWS_NODE);
            case HorizonPolicy.All all -> out.u8(ALL);
            case HorizonPolicy.Newest newest ->
                out.u8(NEWEST).varint(newest.blocks()).varint(newest.age().toMillis());
        }
    }

    private static @Nullable HorizonPolicy policy(RowReader in) {
        int kind = in.u8();
        return switch (kind) {
            case FOLLOWS_NODE -> null;
            case ALL -> new HorizonPolicy.All();
            case NEWEST -> new HorizonPolicy.Newest(in.varint(), Duration.ofMillis(in.varint()));
            default -> throw new IllegalArgumentException("horizon policy " + kind);
        };
    }
}
