package archipel.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32;

/**
 * How far a store's journal is known to be on the disk, in a file beside it. Where the journal's files are used again,
 * a record that does not fit is its end: one that was damaged after it was synced looks like the torn one that a crash
 * leaves, and so does a file that is gone. Less than this says means that something was lost.
 *
 * <p>The file is not synced itself. It survives the end of the process; a power cut takes what the operating system had
 * not written of it by then, so that it says less than there was, and never more. Safe for use by many threads.
 */
final class SyncMark implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(SyncMark.class.getName());
    private static final int LENGTH = Long.BYTES + Integer.BYTES;

    private final FileChannel file;
    private final ByteBuffer buffer = ByteBuffer.allocate(LENGTH);
    private long newest;

    private SyncMark(FileChannel file) {
        this.file = file;
    }

    /**
     * Opens or makes the one of a store.
     *
     * @param directory of the store
     * @param newest the number of the newest write that was found there
     * @throws StorageException of kind corrupt where there were more
     */
    static SyncMark open(Path directory, long newest) {
        try (Opening opening = new Opening()) {
            SyncMark mark = opening.add(new SyncMark(FileChannel.open(
                    directory.resolve("SYNCED"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE)));
            mark.newest = mark.stored();
            if (mark.newest > newest) {
                throw new StorageException(
                        StorageException.Kind.CORRUPT,
                        "of what was written to " + directory + " and was on the disk, " + (mark.newest - newest)
                                + " rows are missing");
            }
            opening.keep();
            return mark;
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private static StorageException failure(IOException e) {
        return new StorageException(
                StorageException.Kind.IO, "cannot note how far a store is on the disk: " + e.getMessage(), e);
    }

    // 0 where there is none, or one that a power cut has torn.
    private long stored() throws IOException {
        buffer.clear();
        while (buffer.hasRemaining() && file.read(buffer, buffer.position()) >= 0) {
            continue;
        }
        buffer.flip();
        if (buffer.remaining() < LENGTH) {
            return 0;
        }
        long sequence = buffer.getLong();
        return buffer.getInt() == check(sequence) ? sequence : 0;
    }

    private static int check(long sequence) {
        CRC32 check = new CRC32();
        check.update(ByteBuffer.allocate(Long.BYTES).putLong(sequence).flip());
        return (int) check.getValue();
    }

    /** All up to the write of that number are on the disk. */
    synchronized void advance(long sequence) {
        if (sequence <= newest) {
            return;
        }
        newest = sequence;
        buffer.clear().putLong(sequence).putInt(check(sequence)).flip();
        try {
            while (buffer.hasRemaining()) {
                file.write(buffer, buffer.position());
            }
        } catch (IOException e) {
            throw failure(e);
        }
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "a file cannot be closed", e);
        }
    }
}
