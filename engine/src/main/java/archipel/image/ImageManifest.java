package archipel.image;

import archipel.log.LogPosition;
import archipel.storage.Family;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.StorageException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What an image consists of.
 *
 * @param group whose rows it has
 * @param position of the newest command in them
 * @param format the number of the format that the group was raised to
 * @param pieces of each family in the order of its keys; families without rows have none
 */
public record ImageManifest(int group, LogPosition position, int format, List<Piece> pieces) {
    private static final String MAGIC = "archipel image";
    private static final int VERSION = 1;
    private static final int HASH_BYTES = 32;

    /** Ends with a hash of all before, so that what a crash has cut off is told from what is whole. */
    public byte[] encode() {
        RowWriter out = new RowWriter(64 + 96 * pieces.size())
                .text(MAGIC)
                .varint(VERSION)
                .u16(group)
                .varint(position.index())
                .varint(position.term())
                .varint(format)
                .varint(pieces.size());
        for (Piece piece : pieces) {
            out.text(piece.family().name())
                    .varint(piece.number())
                    .varint(piece.bytes())
                    .raw(piece.sha256());
        }
        byte[] body = out.toBytes();
        return new RowWriter(body.length + HASH_BYTES)
                .raw(body)
                .raw(Hashes.sha256().digest(body))
                .toBytes();
    }

    /** @throws StorageException of kind corrupt for what {@link #encode} did not write */
    public static ImageManifest decode(byte[] bytes) {
        int body = bytes.length - HASH_BYTES;
        if (body < 0
                || !MessageDigest.isEqual(
                        Hashes.sha256().digest(Arrays.copyOf(bytes, body)),
                        Arrays.copyOfRange(bytes, body, bytes.length))) {
            throw new StorageException(StorageException.Kind.CORRUPT, "an image's manifest is damaged");
        }
        RowReader in = new RowReader(bytes);
        if (!in.text().equals(MAGIC) || in.varint() != VERSION) {
            throw new StorageException(StorageException.Kind.CORRUPT, "no image of this version");
        }
        int group = in.u16();
        LogPosition position = new LogPosition(in.varint(), in.varint());
        int format = (int) in.varint();
        List<Piece> pieces = new ArrayList<>();
        for (int left = in.count(); left > 0; left--) {
            pieces.add(new Piece(family(in.text()), (int) in.varint(), in.varint(), in.raw(HASH_BYTES)));
        }
        return new ImageManifest(group, position, format, List.copyOf(pieces));
    }

    private static Family family(String name) {
        for (Family family : Family.MAIN) {
            if (family.name().equals(name)) {
                return family;
            }
        }
        throw new StorageException(
                StorageException.Kind.CORRUPT, "an image has rows of " + name + ", which is unknown");
    }

    /** Of all pieces. */
    public long bytes() {
        return pieces.stream().mapToLong(Piece::bytes).sum();
    }

    /**
     * One file.
     *
     * @param number of the piece in its family, from 0
     * @param sha256 of the file, 32 bytes
     */
    public record Piece(Family family, int number, long bytes, byte[] sha256) {
        /** The file's name in the image's directory. */
        public String fileName() {
            return fileName(family, number);
        }

        static String fileName(Family family, int number) {
            return "%s-%06d.sst".formatted(family.name().toLowerCase(Locale.ROOT), number);
        }
    }
}
