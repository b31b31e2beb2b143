package archipel.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class SweeperTest {
    private final AtomicLong nowMs = new AtomicLong();
    private final Sweeper sweeper = new Sweeper(nowMs::get);

    /** Notes what it is told. */
    private static final class Noted implements Sweeper.Swept {
        private final AtomicInteger sweeps = new AtomicInteger();
        private final List<Long> forgiven = new CopyOnWriteArrayList<>();
        private volatile boolean busy;

        @Override
        public boolean sweep(long now) {
            sweeps.incrementAndGet();
            if (busy) {
                return true;
            }
            throw new IllegalStateException("one that fails holds up nobody");
        }

        @Override
        public void forgive(long now) {
            forgiven.add(now);
        }
    }

    private Thread started() {
        return Thread.ofPlatform().daemon().start(sweeper::run);
    }

    @Test
    void run_processStoodStill_forgivesAll() throws InterruptedException {
        Noted noted = new Noted();
        noted.busy = true;
        sweeper.add(noted);
        Thread thread = started();
        Awaitility.await().until(() -> noted.sweeps.get() > 3);
        assertEquals(List.of(), noted.forgiven);
        nowMs.addAndGet(10_000);
        Awaitility.await().until(() -> !noted.forgiven.isEmpty());
        int sweeps = noted.sweeps.get();
        Awaitility.await().until(() -> noted.sweeps.get() > sweeps + 3);
        assertEquals(List.of(10_000L), noted.forgiven);
        sweeper.close();
        thread.join();
    }

    @Test
    void tell_listenerThatFails_holdsUpNobody() throws InterruptedException {
        List<String> told = new CopyOnWriteArrayList<>();
        sweeper.add(new Noted());
        sweeper.watch(new Listener() {
            @Override
            public void connected(String member) {
                throw new IllegalStateException(member);
            }
        });
        sweeper.watch(new Listener() {
            @Override
            public void connected(String member) {
                told.add(member);
            }
        });
        Thread thread = started();
        sweeper.tell(listener -> listener.connected("a"));
        sweeper.tell(listener -> listener.connected("b"));
        sweeper.close();
        thread.join();
        assertEquals(List.of("a", "b"), told);
    }
}
