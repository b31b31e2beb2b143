package archipel.command;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;

/**
 * Which messages a topic keeps: those that are within each of these. The newest one is kept whatever its size.
 *
 * @param messages how many, from 1
 * @param bytes of all of them, from 1
 * @param ageMs how old, from 1
 */
public record Retention(long messages, long bytes, long ageMs) {
    public Retention {
        if (messages < 1 || bytes < 1 || ageMs < 1) {
            throw new IllegalArgumentException("a topic that keeps nothing");
        }
    }

    public RowWriter write(RowWriter out) {
        return out.varint(messages).varint(bytes).varint(ageMs);
    }

    /** @throws IllegalArgumentException for what {@link #write} did not write */
    public static Retention read(RowReader in) {
        return new Retention(in.varint(), in.varint(), in.varint());
    }
}
