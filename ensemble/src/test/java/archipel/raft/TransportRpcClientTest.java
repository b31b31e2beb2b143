package archipel.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TransportRpcClientTest {
    private static final int MEMBERS = 8;

    /** What is set for one answer is read before that of another one is set. */
    @Test
    void tellAlone_answersOfSeveralMembersAtOnce_areToldOneByOne() throws Exception {
        TransportRpcClient client = new TransportRpcClient();
        AtomicInteger set = new AtomicInteger();
        List<Integer> mixed = new ArrayList<>();
        CountDownLatch all = new CountDownLatch(MEMBERS);
        try (ExecutorService threads = Executors.newFixedThreadPool(MEMBERS)) {
            List<Future<?>> told = new ArrayList<>();
            for (int member = 1; member <= MEMBERS; member++) {
                int own = member;
                told.add(threads.submit(() -> {
                    all.countDown();
                    all.await();
                    for (int i = 0; i < 10_000; i++) {
                        client.tellAlone(() -> {
                            set.set(own);
                            Thread.onSpinWait();
                            if (set.get() != own) {
                                mixed.add(own);
                            }
                        });
                    }
                    return null;
                }));
            }
            for (Future<?> one : told) {
                one.get();
            }
        }
        assertEquals(List.of(), mixed);
    }
}
