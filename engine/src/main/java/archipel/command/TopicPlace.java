package archipel.command;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;

/**
 * Where the messages of a topic are.
 *
 * @param number of the topic; a topic that is made later with the same name has another one
 * @param group that has its messages
 * @param start the number before that of its first message
 * @param retention of its messages
 */
public record TopicPlace(int number, int group, long start, Retention retention) {
    public RowWriter write(RowWriter out) {
        return retention.write(out.varint(number).varint(group).varint(start));
    }

    /** @throws IllegalArgumentException for what {@link #write} did not write */
    public static TopicPlace read(RowReader in) {
        return new TopicPlace(Fields.number(in), Fields.number(in), in.varint(), Retention.read(in));
    }
}
