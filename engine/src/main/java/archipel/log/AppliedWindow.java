package archipel.log;

import archipel.command.GroupCommand.Once;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.StorageException;

/**
 * Which commands of one run of an origin a group has seen: since each comes after the one before it, the greatest
 * number says it all.
 *
 * @param run of the origin
 * @param seen the greatest number that was seen: up to it nothing is applied any more
 */
record AppliedWindow(long run, long seen) {
    byte[] encode() {
        return new RowWriter(20).varint(run).varint(seen).toBytes();
    }

    /** @throws StorageException of kind corrupt for what {@link #encode} never gives */
    static AppliedWindow decode(byte[] row) {
        RowReader in = new RowReader(row);
        long run = in.varint();
        long seen = in.varint();
        if (run < 0 || seen < 1 || seen > Once.LAST_NUMBER || in.remaining() > 0) {
            throw new StorageException(
                    StorageException.Kind.CORRUPT, "a window of commands: run " + run + " has come to number " + seen);
        }
        return new AppliedWindow(run, seen);
    }
}
