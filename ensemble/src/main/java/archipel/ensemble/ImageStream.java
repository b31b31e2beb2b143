package archipel.ensemble;

import archipel.changes.Threads;
import archipel.consensus.Replica;
import archipel.log.LogPosition;
import archipel.log.StateMachine;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A group's image, of which a thread writes each file while the one before is being taken: never more than two of them
 * are there.
 */
final class ImageStream implements Replica.ImageSource {
    private static final System.Logger LOG = System.getLogger(ImageStream.class.getName());
    private static final long STEP_MS = 100;
    /** Of the names of directories with images. */
    static final String PREFIX = "image-";

    private final StateMachine.Saved saved;
    private final Path directory;
    private final Threads threads;
    private final BlockingQueue<Step> steps = new SynchronousQueue<>();
    private volatile boolean closed;
    private @Nullable Thread writer;

    /** @param directory for the files, which is not there yet */
    ImageStream(StateMachine.Saved saved, Path directory, Threads threads) {
        this.saved = saved;
        this.directory = directory;
        this.threads = threads;
    }

    @Override
    public Replica.Position position() {
        LogPosition position = saved.position();
        return new Replica.Position(position.index(), position.term());
    }

    @Override
    public long expectedBytes() {
        return saved.expectedBytes();
    }

    @Override
    public @Nullable Path nextFile() throws IOException {
        if (writer == null) {
            writer = threads.background("archipel-image", this::write);
            writer.start();
        }
        try {
            Step step = null;
            while (step == null && !closed) {
                step = steps.poll(STEP_MS, TimeUnit.MILLISECONDS);
            }
            if (step == null || step.failure() != null) {
                throw new IOException("the image cannot be written", step == null ? null : step.failure());
            }
            return step.file();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void write() {
        try {
            saved.write(directory, file -> hand(new Step(file, null)));
            hand(new Step(null, null));
        } catch (CancellationException nobody) {
            LOG.log(System.Logger.Level.DEBUG, "an image was not taken to its end");
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "an image cannot be written", e);
            hand(new Step(null, e));
        } finally {
            saved.close();
            delete(directory);
        }
    }

    private void hand(Step step) {
        try {
            while (!steps.offer(step, STEP_MS, TimeUnit.MILLISECONDS)) {
                if (closed) {
                    throw new CancellationException();
                }
            }
        } catch (InterruptedException e) {
            throw new CancellationException();
        }
    }

    /** Deletes what an earlier run of the node has left in the directory where images are made. */
    static void deleteAll(Path directory) {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(directory, PREFIX + "*")) {
            left.forEach(ImageStream::delete);
        } catch (NoSuchFileException nothing) {
            return;
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "what is left of images was not deleted", e);
        }
    }

    private static void delete(Path directory) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "what is left of an image was not deleted", e);
        }
    }

    @Override
    public void close() {
        closed = true;
        if (writer == null) {
            saved.close();
        }
    }

    /** @param file null at the end, and where there is a failure */
    private record Step(@Nullable Path file, @Nullable RuntimeException failure) {}
}
