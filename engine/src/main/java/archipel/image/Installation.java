package archipel.image;

import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.RowReader;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;

/**
 * Puts an image in the place of a group's rows, in steps each of which is durable before the next:
 *
 * <ol>
 *   <li>a row of this node says which image is being put in which group's place;
 *   <li>the group's rows are deleted, as one range in each family;
 *   <li>the pieces are taken in, family by family;
 *   <li>that row goes.
 * </ol>
 *
 * <p>A crash before the first step leaves the old rows, one after the last the new ones. Between the two the group has
 * neither, and {@link #resume} does the steps from the second on again, which comes to the same however often it is
 * done: so the image has to stay until the end. Readers hold snapshots from before the first step meanwhile, and are
 * given one from after the last.
 */
public final class Installation {
    private final Store store;
    private final Image image;
    private final Steps steps;

    private Installation(Store store, Image image, Steps steps) {
        this.store = store;
        this.image = image;
        this.steps = steps;
    }

    /**
     * Does all steps. Nobody else writes rows of the group, and nobody reads newer ones than a snapshot from before.
     *
     * @param image that was {@link Image#verify verified}, on the file system of the store
     * @param steps told of each step that was done
     * @throws StorageException after which the group must not be read or written before {@link #resume}
     */
    public static void run(Store store, Image image, Steps steps) {
        Installation installation = new Installation(store, image, steps);
        installation.mark();
        installation.replace();
    }

    /**
     * Finishes what a crash has cut off, before anything of the groups is read.
     *
     * @throws StorageException of kind corrupt where an image is gone or damaged by which a group was being replaced
     */
    public static void resume(Store store) {
        unfinished(store).forEach((group, directory) -> {
            Image image;
            try {
                image = Image.open(directory);
                image.verify();
            } catch (StorageException e) {
                throw new StorageException(
                        StorageException.Kind.CORRUPT,
                        "group " + group + " was being replaced by an image, which cannot be read: " + e.details()
                                + "; put the image back, or restore a backup",
                        e);
            }
            new Installation(store, image, step -> {}).replace();
            image.delete();
        });
    }

    /** The groups whose rows are neither old nor new, with the directories of their images. */
    public static TreeMap<Integer, Path> unfinished(Store store) {
        TreeMap<Integer, Path> unfinished = new TreeMap<>();
        byte[] lower = CatalogKeys.installations();
        try (Cursor rows = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                int group = new RowReader(rows.key(), CatalogKeys.PREFIX).u16();
                String relative = new String(rows.value(), StandardCharsets.UTF_8);
                unfinished.put(
                        group, absolute(store.directory()).resolve(relative).normalize());
            }
        }
        return unfinished;
    }

    private static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }

    private int group() {
        return image.manifest().group();
    }

    private void mark() {
        // So that the data can be moved as a whole meanwhile.
        Path relative = absolute(store.directory()).relativize(absolute(image.directory()));
        byte[] directory = relative.toString().getBytes(StandardCharsets.UTF_8);
        try (Batch batch = store.batch()) {
            batch.put(Family.CATALOG, CatalogKeys.installation(group()), directory);
            store.commitDurably(batch);
        }
        steps.done("marked");
    }

    private void replace() {
        byte[] lower = CatalogKeys.group(group());
        byte[] upper = CatalogKeys.after(lower);
        try (Batch batch = store.batch()) {
            for (Family family : Family.MAIN) {
                batch.deleteRange(family, lower, upper);
            }
            store.commitDurably(batch);
        }
        steps.done("deleted");
        for (Family family : Family.MAIN) {
            List<Path> files = image.files(family);
            if (!files.isEmpty()) {
                store.ingest(family, files);
                steps.done("took in " + family);
            }
        }
        try (Batch batch = store.batch()) {
            batch.delete(Family.CATALOG, CatalogKeys.installation(group()));
            store.commitDurably(batch);
        }
        steps.done("unmarked");
    }

    /** Told of each step once it is durable; tests stop there. */
    @FunctionalInterface
    public interface Steps {
        void done(String step);
    }
}
