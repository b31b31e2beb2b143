package archipel.topic;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;

/**
 * How the messages of a topic stand.
 *
 * @param first number of the oldest message that is kept; one more than {@code last} where there is none
 * @param last number of the newest message that there ever was, or the number before the first one's
 * @param bytes of the messages that are kept
 * @param firstMs time of the oldest message that is kept, since the epoch; 0 where there is none
 * @param lastMs of the newest message; of a closed topic, when it was closed
 * @param start the number before that of the first message that there ever was
 * @param keys how many messages came with a key so far
 * @param closed whether it takes no more messages
 */
public record TopicState(
        long first, long last, long bytes, long firstMs, long lastMs, long start, long keys, boolean closed) {
    static TopicState begun(long start) {
        return new TopicState(start + 1, start, 0, 0, 0, start, 0, false);
    }

    /** How many messages are kept. */
    public long count() {
        return last - first + 1;
    }

    byte[] encode() {
        return new RowWriter(64)
                .varint(first)
                .varint(last)
                .varint(bytes)
                .varint(firstMs)
                .varint(lastMs)
                .varint(start)
                .varint(keys)
                .u8(closed ? 1 : 0)
                .toBytes();
    }

    static TopicState decode(byte[] value) {
        RowReader row = new RowReader(value);
        return new TopicState(
                row.varint(),
                row.varint(),
                row.varint(),
                row.varint(),
                row.varint(),
                row.varint(),
                row.varint(),
                row.u8() != 0);
    }
}
