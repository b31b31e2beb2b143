package archipel.image;

import archipel.image.ImageManifest.Piece;
import archipel.storage.Backups;
import archipel.storage.Family;
import archipel.storage.StorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.List;

/** An image in a directory of its own: its pieces and, written last, its manifest. */
public record Image(Path directory, ImageManifest manifest) {
    private static final String MANIFEST = "MANIFEST";

    /**
     * Reads the manifest of an image that is there.
     *
     * @throws StorageException of kind corrupt where there is none, or it is damaged
     */
    public static Image open(Path directory) {
        Path file = directory.resolve(MANIFEST);
        try {
            return new Image(directory, ImageManifest.decode(Files.readAllBytes(file)));
        } catch (NoSuchFileException e) {
            throw new StorageException(StorageException.Kind.CORRUPT, directory + " holds no whole image", e);
        } catch (IOException e) {
            throw Backups.failure("cannot read " + file, file, e);
        }
    }

    /** Makes what has come piece by piece an image, durably. */
    public static Image complete(Path directory, ImageManifest manifest) {
        try {
            for (Piece piece : manifest.pieces()) {
                sync(directory.resolve(piece.fileName()));
            }
        } catch (IOException e) {
            throw Backups.failure("cannot write " + directory, directory, e);
        }
        list(directory, manifest);
        return new Image(directory, manifest);
    }

    /**
     * Writes the manifest alone, durably: the file that makes an image of the pieces, wherever these are.
     *
     * @return the file
     */
    public static Path list(Path directory, ImageManifest manifest) {
        Path draft = directory.resolve(MANIFEST + ".new");
        try {
            try (FileChannel out = FileChannel.open(
                    draft, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(manifest.encode());
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                out.force(true);
            }
            Path file = directory.resolve(MANIFEST);
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
            sync(directory);
            return file;
        } catch (IOException e) {
            throw Backups.failure("cannot write " + draft, draft, e);
        }
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path)) {
            channel.force(true);
        }
    }

    /**
     * Reads all pieces and compares their hashes. Takes as long as reading them takes.
     *
     * @throws StorageException of kind corrupt that names the first piece which is not as it was written
     */
    public void verify() {
        for (Piece piece : manifest.pieces()) {
            Path file = directory.resolve(piece.fileName());
            if (!Files.isRegularFile(file)) {
                throw new StorageException(StorageException.Kind.CORRUPT, "the image lacks " + file);
            }
            if (!MessageDigest.isEqual(Hashes.of(file), piece.sha256())) {
                throw new StorageException(StorageException.Kind.CORRUPT, "the image's file " + file + " is damaged");
            }
        }
    }

    List<Path> files(Family family) {
        return manifest.pieces().stream()
                .filter(piece -> piece.family() == family)
                .map(piece -> directory.resolve(piece.fileName()))
                .toList();
    }

    /** Deletes the files; what cannot be deleted stays. */
    public void delete() {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            System.getLogger(Image.class.getName())
                    .log(System.Logger.Level.WARNING, "the image in " + directory + " was not deleted", e);
        }
    }
}
