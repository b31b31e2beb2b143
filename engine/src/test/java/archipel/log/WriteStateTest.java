package archipel.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.health.Health;
import archipel.health.Problem;
import archipel.log.WriteState.State;
import archipel.storage.FaultyStore;
import archipel.storage.StorageException;
import archipel.storage.StorageException.Kind;
import java.nio.file.Path;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WriteStateTest {
    private static final Logger LOG = Logger.getLogger(WriteState.class.getName());

    private final Health health = new Health();
    private FaultyStore store;
    private WriteState state;
    private Handler handler = new OnRecord(() -> {});

    @BeforeEach
    void open(@TempDir Path directory) {
        store = FaultyStore.open(directory.resolve("store"), 1 << 20, 1 << 20);
        state = new WriteState(store, health, () -> true);
    }

    @AfterEach
    void close() {
        LOG.removeHandler(handler);
        store.close();
    }

    /** A disk that fills fails the writer's write and the flusher's fsync together. */
    @Test
    void full_whileAnFsyncFails_staysDoubtful() {
        onRecord(() -> state.doubtful(new StorageException(Kind.FULL, "an fsync")));
        state.full(new StorageException(Kind.FULL, "a write"));
        assertEquals(State.DOUBTFUL, state.state());
        state.sound();
        assertEquals(State.DOUBTFUL, state.state(), "what is in doubt has to be written anew first");
        state.rewritten();
        assertEquals(State.FULL, state.state());
        state.sound();
        assertEquals(State.SOUND, state.state());
    }

    @Test
    void doubtful_thenFull_staysDoubtful() {
        state.doubtful(new StorageException(Kind.IO, "an fsync"));
        state.full(new StorageException(Kind.FULL, "a write"));
        assertEquals(State.DOUBTFUL, state.state());
        assertTrue(health.has(Problem.STORAGE_HALTED));
    }

    @Test
    void broken_isNeverLeft() {
        state.broken(new IllegalStateException("a fault that was asked for"));
        state.rewritten();
        state.sound();
        state.full(new StorageException(Kind.FULL, "a write"));
        state.doubtful(new StorageException(Kind.IO, "an fsync"));
        assertEquals(State.BROKEN, state.state());
    }

    private void onRecord(Runnable work) {
        handler = new OnRecord(work);
        LOG.addHandler(handler);
    }

    private static final class OnRecord extends Handler {
        private final Runnable work;
        private boolean done;

        OnRecord(Runnable work) {
            this.work = work;
        }

        @Override
        public void publish(LogRecord entry) {
            if (!done) {
                done = true;
                work.run();
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
