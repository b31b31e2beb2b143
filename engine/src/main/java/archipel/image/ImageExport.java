package archipel.image;

import archipel.image.ImageManifest.Piece;
import archipel.log.LogPosition;
import archipel.storage.Backups;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.RowFile;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a group's image from one snapshot of the store, piece by piece: a receiver can take each as it comes, and it
 * takes no more room than one where the receiver deletes it. As long as it goes on the snapshot is held, and what is
 * overwritten or deleted meanwhile takes space. For one thread.
 */
public final class ImageExport {
    /** A piece ends after the row with which it gets this long. */
    public static final long PIECE_BYTES = 64L << 20;

    private final Store store;
    private final Path directory;
    private final long pieceBytes;
    private final Sink sink;
    private final Pace pace;
    private final List<Piece> pieces = new ArrayList<>();

    /**
     * @param directory that pieces are written to; made where it is not there
     * @param pieceBytes about how long a piece gets
     * @param sink given each piece
     * @param pace asked as bytes are written
     */
    public ImageExport(Store store, Path directory, long pieceBytes, Sink sink, Pace pace) {
        this.store = store;
        this.directory = directory;
        this.pieceBytes = pieceBytes;
        this.sink = sink;
        this.pace = pace;
    }

    /**
     * Writes all rows of a group.
     *
     * @param snapshot which the caller holds until this returns
     * @param position of the newest command in it
     * @param format that the group was raised to there
     * @return what the pieces are
     */
    public ImageManifest write(StoreSnapshot snapshot, int group, LogPosition position, int format) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw Backups.failure("cannot make " + directory, directory, e);
        }
        byte[] lower = CatalogKeys.group(group);
        byte[] upper = CatalogKeys.after(lower);
        for (Family family : Family.MAIN) {
            try (Cursor rows = snapshot.cursor(family, lower, upper)) {
                write(family, rows);
            }
        }
        return new ImageManifest(group, position, format, List.copyOf(pieces));
    }

    private void write(Family family, Cursor rows) {
        int number = 0;
        boolean more = rows.first();
        while (more) {
            Path file = directory.resolve(Piece.fileName(family, number));
            try (RowFile piece = store.rowFile(file)) {
                long bytes = 0;
                while (more && bytes < pieceBytes) {
                    byte[] key = rows.key();
                    byte[] value = rows.value();
                    piece.put(key, value);
                    bytes += key.length + value.length;
                    pace.written(key.length + (long) value.length);
                    more = rows.next();
                }
                piece.finish();
            }
            add(family, number++, file);
        }
    }

    private void add(Family family, int number, Path file) {
        try {
            Piece piece = new Piece(family, number, Files.size(file), Hashes.of(file));
            pieces.add(piece);
            sink.take(piece, file);
        } catch (IOException e) {
            throw Backups.failure("cannot read " + file, file, e);
        }
    }

    /**
     * How many bytes the files of a group's image have in all, roughly. Large values are in files that do not say whose
     * they are: they are taken to be spread as the rows are.
     */
    public static long estimate(Store store, int group) {
        byte[] lower = CatalogKeys.group(group);
        byte[] upper = CatalogKeys.after(lower);
        long sum = 0;
        for (Family family : Family.MAIN) {
            long bytes = store.approximateBytes(family, lower, upper);
            if (family.blobs() && bytes > 0) {
                long all = store.approximateBytes(
                        family,
                        CatalogKeys.group(CatalogKeys.SYSTEM_GROUP),
                        CatalogKeys.group(CatalogKeys.LAST_GROUP + 1));
                double share = (double) bytes / Math.max(bytes, all);
                bytes += (long) (share * store.blobs(family).bytes());
            }
            sum += bytes;
        }
        return sum;
    }

    /** Takes the pieces of an image in their order. */
    @FunctionalInterface
    public interface Sink {
        /** @param file may be deleted by whoever takes it; what is left makes an image with {@link Image#complete} */
        void take(Piece piece, Path file);

        /** Leaves the files where they are. */
        static Sink keeping() {
            return (piece, file) -> {};
        }
    }

    /** Limits how fast an image is written. */
    @FunctionalInterface
    public interface Pace {
        /** Called for each row with its length; waits as long as is needed, and ends the export by throwing. */
        void written(long bytes);

        static Pace unlimited() {
            return bytes -> {};
        }
    }
}
