package archipel.command;

import static archipel.command.CommandKind.Answered.AT_ONCE;
import static archipel.command.CommandKind.Answered.ON_DISK;
import static archipel.command.CommandKind.Space.GIVES;
import static archipel.command.CommandKind.Space.TAKES;
import static archipel.storage.FormatVersion.V3;
import static archipel.storage.FormatVersion.V4;
import static archipel.storage.FormatVersion.V5;
import static archipel.storage.FormatVersion.V6;
import static archipel.storage.FormatVersion.V7;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.storage.FormatVersion;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The kinds of commands as their bytes name them, with what holds for all commands of a kind, and the formats from
 * which on its versions are written. A kind keeps its name for ever. Whoever changes a kind's fields gives it the next
 * version, from the next format on, and goes on reading the earlier ones.
 */
enum CommandKind {
    RAISE_FORMAT("raise-format", GroupCommand.RaiseFormat.class, ON_DISK, GIVES, V3),
    DUTY("duty", GroupCommand.Duty.class, ON_DISK, TAKES, V4),
    ONCE("once", GroupCommand.Once.class, ON_DISK, TAKES, V6),
    FORGET_ORIGIN("forget-origin", GroupCommand.ForgetOrigin.class, ON_DISK, GIVES, V6),
    PART("part", GroupCommand.Part.class, ON_DISK, TAKES, V6),
    ASSEMBLED("assembled", GroupCommand.Assembled.class, ON_DISK, TAKES, V6),
    RESERVE_DATABASE("reserve-database", SystemCommand.ReserveDatabase.class, AT_ONCE, TAKES, V3, V4, V6),
    NAME_DATABASE("name-database", SystemCommand.NameDatabase.class, ON_DISK, TAKES, V3),
    DROP_DATABASE("drop-database", SystemCommand.DropDatabase.class, ON_DISK, GIVES, V3),
    ABANDON_DATABASE("abandon-database", SystemCommand.AbandonDatabase.class, AT_ONCE, GIVES, V3, V4),
    RENEW_DATABASE("renew-database", SystemCommand.RenewDatabase.class, AT_ONCE, TAKES, V4),
    FORGET_DATABASE("forget-database", SystemCommand.ForgetDatabase.class, AT_ONCE, GIVES, V3, V4),
    PUT_FACT("put-fact", SystemCommand.PutFact.class, ON_DISK, TAKES, V3),
    ACQUIRE_LOCK("acquire-lock", LockCommand.Acquire.class, ON_DISK, TAKES, V7),
    RENEW_LOCK("renew-lock", LockCommand.Renew.class, ON_DISK, TAKES, V7),
    RELEASE_LOCK("release-lock", LockCommand.Release.class, ON_DISK, GIVES, V7),
    WITHDRAW_FROM_LOCK("withdraw-from-lock", LockCommand.Withdraw.class, ON_DISK, GIVES, V7),
    EXPIRE_LOCK("expire-lock", LockCommand.Expire.class, ON_DISK, GIVES, V7),
    CREATE_TOPIC("create-topic", TopicCommand.Create.class, ON_DISK, TAKES, V7),
    DROP_TOPIC("drop-topic", TopicCommand.Drop.class, ON_DISK, GIVES, V7),
    PUBLISH("publish", TopicCommand.Publish.class, ON_DISK, TAKES, V7),
    TRIM_TOPIC("trim-topic", TopicCommand.Trim.class, AT_ONCE, GIVES, V7),
    CLOSE_TOPIC("close-topic", TopicCommand.Close.class, ON_DISK, GIVES, V7),
    FORGET_TOPIC("forget-topic", TopicCommand.Forget.class, AT_ONCE, GIVES, V7),
    EXTEND("extend", SystemCommand.Extend.class, ON_DISK, TAKES, V7),
    CREATE_DATABASE("create-database", DataCommand.CreateDatabase.class, AT_ONCE, TAKES, V3),
    ERASE_DATABASE("erase-database", DataCommand.EraseDatabase.class, AT_ONCE, GIVES, V3),
    FORGET_ERASED("forget-erased", DataCommand.ForgetErased.class, AT_ONCE, GIVES, V4),
    WRITE_DOCUMENTS("write-documents", DataCommand.WriteDocuments.class, ON_DISK, TAKES, V3, V5),
    COPY_DOCUMENTS("copy-documents", DataCommand.CopyDocuments.class, AT_ONCE, TAKES, V3),
    WRITE_LOCAL("write-local", DataCommand.WriteLocal.class, ON_DISK, TAKES, V3),
    SET_SECURITY("set-security", DataCommand.SetSecurity.class, ON_DISK, TAKES, V3),
    SET_LIMIT("set-limit", DataCommand.SetLimit.class, ON_DISK, TAKES, V3),
    SET_MERGE("set-merge", DataCommand.SetMerge.class, ON_DISK, TAKES, V5),
    PURGE("purge", DataCommand.Purge.class, ON_DISK, GIVES, V3),
    REWIND("rewind", DataCommand.Rewind.class, ON_DISK, TAKES, V3),
    COMPACT("compact", DataCommand.Compact.class, ON_DISK, GIVES, V3),
    SET_HORIZON("set-horizon", DataCommand.SetHorizon.class, ON_DISK, GIVES, V3),
    RAISE_HORIZON("raise-horizon", DataCommand.RaiseHorizon.class, ON_DISK, GIVES, V3),
    PRUNE("prune", DataCommand.Prune.class, AT_ONCE, GIVES, V3),
    SETTLE("settle", DataCommand.Settle.class, ON_DISK, TAKES, V3),
    RESTART_TIME("restart-time", DataCommand.RestartTime.class, ON_DISK, TAKES, V3),
    STAGE_CHUNK("stage-chunk", DataCommand.StageChunk.class, AT_ONCE, TAKES, V3, V4),
    RENEW_UPLOAD("renew-upload", DataCommand.RenewUpload.class, AT_ONCE, TAKES, V4),
    DROP_UPLOAD("drop-upload", DataCommand.DropUpload.class, AT_ONCE, GIVES, V3, V4),
    FENCED("fenced", DataCommand.Fenced.class, ON_DISK, TAKES, V7),
    FORGET_FENCES("forget-fences", DataCommand.ForgetFences.class, ON_DISK, GIVES, V7);

    private static final Map<Class<?>, CommandKind> BY_COMMAND = new HashMap<>();

    static {
        for (CommandKind kind : values()) {
            BY_COMMAND.put(kind.command, kind);
        }
    }

    private final String text;
    private final Class<?> command;
    private final Answered answered;
    private final Space space;
    private final List<FormatVersion> formats;

    /**
     * @param command the record that holds one
     * @param space unless the command's fields say otherwise
     * @param formats from which on the versions of the fields are written, the first version's first
     */
    CommandKind(String text, Class<?> command, Answered answered, Space space, FormatVersion... formats) {
        this.text = text;
        this.command = command;
        this.answered = answered;
        this.space = space;
        this.formats = List.of(formats);
    }

    /** The kind that a command of this package is of. */
    static CommandKind of(Command<?> command) {
        CommandKind kind = BY_COMMAND.get(command.getClass());
        if (kind == null) {
            throw new IllegalArgumentException("no command of this codec: " + command.getClass());
        }
        return kind;
    }

    /** As {@link Command#durable}. */
    boolean durable() {
        return answered == ON_DISK;
    }

    /** As {@link Command#relieves}, unless the command's fields say otherwise. */
    boolean relieves() {
        return space == GIVES;
    }

    String text() {
        return text;
    }

    /** The newest version that this program can read. */
    int newest() {
        return formats.size();
    }

    /**
     * The version that is written in a format.
     *
     * @throws RequestException 503 where the format does not have this kind
     */
    int version(FormatVersion format) {
        int version = 0;
        while (version < formats.size() && format.isAtLeast(formats.get(version))) {
            version++;
        }
        if (version == 0) {
            throw new RequestException(ErrorCode.FORMAT_TOO_OLD);
        }
        return version;
    }

    /**
     * Finds a kind that this program can read.
     *
     * @throws UnknownCommandException for a kind or version that a newer program wrote
     */
    static CommandKind of(String text, int version) {
        for (CommandKind kind : values()) {
            if (kind.text.equals(text)) {
                if (version < 1 || version > kind.newest()) {
                    throw new UnknownCommandException(text, version);
                }
                return kind;
            }
        }
        throw new UnknownCommandException(text, version);
    }

    /** When whoever sent a command is answered. */
    enum Answered {
        ON_DISK,
        /** As soon as readers can see it: what follows it in the same log, or a later start, makes up for its loss. */
        AT_ONCE
    }

    /** What a command does to the space on the disk in the end. */
    enum Space {
        TAKES,
        GIVES
    }
}
