package archipel.command;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;

/** The fields of {@link TopicCommand}s, as {@link Fields} has those of others. */
final class TopicFields {
    private TopicFields() {}

    static void write(RowWriter out, TopicCommand<?> command) {
        switch (command) {
            case TopicCommand.Create create ->
                create.retention()
                        .write(out.text(create.name()).varint(create.first()).varint(create.groups()))
                        .u8(create.change() ? 1 : 0)
                        .varint(create.bound());
            case TopicCommand.Drop drop ->
                out.text(drop.name()).varint(drop.topic()).varint(drop.last());
            case TopicCommand.Publish publish ->
                publish.retention()
                        .write(out.varint(publish.topic())
                                .varint(publish.start())
                                .text(publish.key())
                                .block(publish.message()))
                        .varint(publish.timeMs());
            case TopicCommand.Trim trim ->
                trim.retention().write(out.varint(trim.topic())).varint(trim.timeMs());
            case TopicCommand.Close close ->
                out.varint(close.topic()).varint(close.start()).varint(close.timeMs());
            case TopicCommand.Forget forget -> out.varint(forget.topic());
        }
    }

    // Java evaluates arguments from left to right, in the order of the fields.
    static TopicCommand<?> read(CommandKind kind, RowReader in) {
        return switch (kind) {
            case CREATE_TOPIC ->
                new TopicCommand.Create(
                        in.text(),
                        Fields.number(in),
                        Fields.number(in),
                        Retention.read(in),
                        Fields.flag(in),
                        Fields.number(in));
            case DROP_TOPIC -> new TopicCommand.Drop(in.text(), Fields.number(in), in.varint());
            case PUBLISH ->
                new TopicCommand.Publish(
                        Fields.number(in), in.varint(), in.text(), in.block(), Retention.read(in), in.varint());
            case TRIM_TOPIC -> new TopicCommand.Trim(Fields.number(in), Retention.read(in), in.varint());
            case CLOSE_TOPIC -> new TopicCommand.Close(Fields.number(in), in.varint(), in.varint());
            case FORGET_TOPIC -> new TopicCommand.Forget(Fields.number(in));
            default -> throw new IllegalArgumentException("no command of topics: " + kind);
        };
    }
}
