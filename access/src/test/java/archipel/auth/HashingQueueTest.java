package archipel.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HashingQueueTest {
    private final HashingQueue queue = new HashingQueue(1, () -> 5, () -> 3);
    private final List<String> done = Collections.synchronizedList(new ArrayList<>());
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch busy = new CountDownLatch(1);

    @Test
    void run_severalAddresses_takeTurns() throws InterruptedException {
        occupy();
        for (String name : new String[] {"a1", "a2", "a3", "b1", "c1"}) {
            enter(name);
        }
        finish();
        assertEquals(List.of("a1", "b1", "c1", "a2", "a3"), done);
    }

    @Test
    void run_morePlacesThanThereAre_areRefused() throws InterruptedException {
        occupy();
        enter("a1");
        enter("a2");
        enter("a3");
        assertRefused("a");
        enter("b1");
        assertFalse(queue.isFull("b"));
        enter("c1");
        assertRefused("d");
        finish();
        assertEquals(5, done.size());
        assertFalse(queue.isFull("a"));
        assertEquals("again", queue.run("a", () -> "again"));
    }

    private void assertRefused(String address) {
        RequestException refused = assertThrows(RequestException.class, () -> queue.run(address, () -> ""));
        assertEquals(ErrorCode.TOO_MANY_LOGINS, refused.code());
        assertTrue(queue.isFull(address));
    }

    private void occupy() {
        CountDownLatch begun = new CountDownLatch(1);
        threads.add(Thread.ofVirtual()
                .start(() -> queue.run("first", () -> {
                    begun.countDown();
                    await(busy);
                    return "";
                })));
        await(begun);
    }

    private void enter(String name) {
        int before = queue.length();
        threads.add(Thread.ofVirtual().start(() -> queue.run(name.substring(0, 1), () -> done.add(name))));
        while (queue.length() == before) {
            Thread.onSpinWait();
        }
    }

    private void finish() throws InterruptedException {
        busy.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
