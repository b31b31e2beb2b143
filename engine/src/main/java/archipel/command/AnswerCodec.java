package archipel.command;

import archipel.changes.BlockRow;
import archipel.changes.FormerHead;
import archipel.document.ErrorCode;
import archipel.document.Revision;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.StorageException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Outcomes as bytes, for the node that has forwarded a command: the kind of answer, the version of its fields, the
 * fields. Reading throws what {@link CommandCodec} throws.
 */
public final class AnswerCodec {
    private static final int VERSION = 1;

    private static final String REFUSED = "refused";
    private static final String NOTHING = "nothing";
    private static final String NUMBER = "number";
    private static final String FLAG = "flag";
    private static final String WRITTEN = "written";
    private static final String PURGED = "purged";
    private static final String REWOUND = "rewound";
    private static final String HEAD = "head";
    private static final String LOCK = "lock";
    private static final String TOPIC = "topic";
    private static final String PUBLISHED = "published";

    private static final int ACCEPTED = 0;
    private static final int REJECTED = 1;

    private AnswerCodec() {}

    public static byte[] encode(Outcome<?> outcome) {
        RowWriter out = new RowWriter(64);
        switch (outcome) {
            case Outcome.Refused<?> refused -> {
                begin(out, REFUSED).text(refused.code().name());
                Fields.list(out, refused.fields(), RowWriter::text);
            }
            case Outcome.Done<?> done -> write(done.answer(), out);
        }
        return out.toBytes();
    }

    private static RowWriter begin(RowWriter out, String kind) {
        return out.text(kind).varint(VERSION);
    }

    private static void write(@Nullable Object answer, RowWriter out) {
        switch (answer) {
            case null -> begin(out, NOTHING);
            case Long number -> begin(out, NUMBER).varint(number);
            case Boolean flag -> begin(out, FLAG).u8(flag ? 1 : 0);
            case FormerHead head -> head.write(begin(out, HEAD));
            case LockAnswer lock -> lock.write(begin(out, LOCK));
            case TopicPlace topic -> topic.write(begin(out, TOPIC));
            case PublishedMessage message ->
                begin(out, PUBLISHED).varint(message.number()).u8(message.repeated() ? 1 : 0);
            case WriteResult written -> {
                begin(out, WRITTEN)
                        .u8(outcome(written.outcome()))
                        .varint(written.head().number())
                        .block(BlockRow.encode(written.head()));
                Fields.list(out, written.results(), AnswerCodec::result);
            }
            case RewindResult rewound ->
                begin(out, REWOUND)
                        .varint(rewound.head().number())
                        .block(BlockRow.encode(rewound.head()))
                        .varint(rewound.restored())
                        .varint(rewound.deleted())
                        .varint(rewound.closedConflicts())
                        .varint(rewound.skipped());
            case List<?> purged -> {
                begin(out, PURGED).varint(purged.size());
                for (Object leaves : purged) {
                    Fields.list(out, (List<?>) leaves, (row, leaf) -> Fields.revision(row, (Revision) leaf));
                }
            }
            default -> throw new IllegalArgumentException("no answer of this codec: " + answer.getClass());
        }
    }

    private static void result(RowWriter out, EditResult result) {
        switch (result) {
            case EditResult.Accepted accepted ->
                Fields.revision(out.u8(ACCEPTED).text(accepted.id()), accepted.revision());
            case EditResult.Rejected rejected -> {
                out.u8(REJECTED).text(rejected.id()).text(rejected.code().name());
                Fields.list(out, rejected.fields(), RowWriter::text);
            }
        }
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @throws UnknownCommandException where a newer program wrote it
     * @throws StorageException of kind corrupt where no program of ours did
     */
    public static Outcome<?> decode(byte[] bytes) {
        RowReader in = new RowReader(bytes);
        String kind = in.text();
        try {
            int version = Fields.number(in);
            if (version != VERSION) {
                throw new UnknownCommandException(kind, version);
            }
            Outcome<?> outcome = kind.equals(REFUSED)
                    ? new Outcome.Refused<>(code(in.text()), Fields.list(in, RowReader::text))
                    : new Outcome.Done<@Nullable Object>(read(kind, in));
            if (in.remaining() > 0) {
                throw new IllegalArgumentException(in.remaining() + " bytes too many");
            }
            return outcome;
        } catch (IllegalArgumentException e) {
            throw new StorageException(StorageException.Kind.CORRUPT, "an answer of kind " + kind, e);
        }
    }

    private static @Nullable Object read(String kind, RowReader in) {
        return switch (kind) {
            case NOTHING -> null;
            case NUMBER -> in.varint();
            case FLAG -> Fields.flag(in);
            case WRITTEN -> written(in);
            case HEAD -> FormerHead.read(in);
            case LOCK -> LockAnswer.read(in);
            case TOPIC -> TopicPlace.read(in);
            case PUBLISHED -> new PublishedMessage(in.varint(), Fields.flag(in));
            case PURGED -> Fields.list(in, row -> Fields.list(row, Fields::revision));
            case REWOUND -> rewound(in);
            default -> throw new UnknownCommandException(kind, VERSION);
        };
    }

    private static RewindResult rewound(RowReader in) {
        long number = in.varint();
        return new RewindResult(
                BlockRow.decode(number, in.block()), in.varint(), in.varint(), in.varint(), in.varint());
    }

    private static WriteResult written(RowReader in) {
        WriteResult.Outcome outcome = outcome(in.u8());
        long number = in.varint();
        byte[] head = in.block();
        return new WriteResult(BlockRow.decode(number, head), Fields.list(in, AnswerCodec::result), outcome);
    }

    private static EditResult result(RowReader in) {
        int kind = in.u8();
        String id = in.text();
        return switch (kind) {
            case ACCEPTED -> new EditResult.Accepted(id, Fields.revision(in));
            case REJECTED -> new EditResult.Rejected(id, code(in.text()), Fields.list(in, RowReader::text));
            default -> throw new IllegalArgumentException("a result of kind " + kind);
        };
    }

    private static ErrorCode code(String name) {
        for (ErrorCode code : ErrorCode.values()) {
            if (code.name().equals(name)) {
                return code;
            }
        }
        throw new UnknownCommandException("error " + name, VERSION);
    }

    private static int outcome(WriteResult.Outcome outcome) {
        return switch (outcome) {
            case APPLIED -> 0;
            case REFUSED -> 1;
            case OUTDATED -> 2;
        };
    }

    private static WriteResult.Outcome outcome(int number) {
        return switch (number) {
            case 0 -> WriteResult.Outcome.APPLIED;
            case 1 -> WriteResult.Outcome.REFUSED;
            case 2 -> WriteResult.Outcome.OUTDATED;
            default -> throw new IllegalArgumentException("outcome " + number);
        };
    }
}
