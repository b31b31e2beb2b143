package archipel.topic;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;

/**
 * A message.
 *
 * @param number in its topic
 * @param timeMs since the epoch; not less than that of the one before
 * @param json as it was published, in one line
 */
public record Message(long number, long timeMs, byte[] json) {
    byte[] encode() {
        return new RowWriter(json.length + 16).varint(timeMs).block(json).toBytes();
    }

    static Message decode(long number, byte[] value) {
        RowReader row = new RowReader(value);
        return new Message(number, row.varint(), row.block());
    }
}
