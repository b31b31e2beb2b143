package archipel.linearizability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.linearizability.HistoryRecorder.Pending;
import archipel.linearizability.Outcome.Returned;
import archipel.linearizability.Outcome.Unknown;
import archipel.linearizability.Verdict.Linearizable;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

final class HistoryRecorderTest {
    private static final int CLIENTS = 16;
    private static final int CALLS = 200;

    @Test
    void history_ofCalls_hasTheirOutcomes() {
        HistoryRecorder<String, String> recorder = new HistoryRecorder<>();
        Pending<String, String> first = recorder.invoke("a", "deq");
        Pending<String, String> second = recorder.invoke("b", "enq 1");
        Pending<String, String> third = recorder.invoke("c", "enq 2");
        recorder.invoke("d", "enq 3");
        second.unknown("timeout");
        third.failed("no connection");
        first.returned("empty");
        List<Operation<String, String>> operations = recorder.history().operations();
        assertEquals(
                List.of(
                        "a: deq -> empty",
                        "b: enq 1 -> unknown (timeout)",
                        "c: enq 2 -> failed (no connection)",
                        "d: enq 3 -> unknown (no answer yet)"),
                operations.stream().map(Operation::toString).sorted().toList());
        Operation<String, String> deq = operations.getFirst();
        assertTrue(deq.invokedNs() <= deq.endedNs());
        assertInstanceOf(Returned.class, deq.outcome());
        assertThrows(IllegalStateException.class, () -> first.unknown("again"));
        assertInstanceOf(Unknown.class, operations.getLast().outcome());
    }

    /** Real threads on a real lock, which answer late and now and then say nothing. */
    @Test
    void history_ofThreadsOnOneLock_isLinearizable() throws InterruptedException {
        DocumentStore store = new DocumentStore(3);
        HistoryRecorder<DocumentCall, DocumentResult> recorder = new HistoryRecorder<>();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            SplittableRandom random = new SplittableRandom(i);
            String name = "client-" + i;
            clients.add(Thread.ofVirtual().start(() -> work(name, store, recorder, random)));
        }
        for (Thread client : clients) {
            client.join();
        }
        History<DocumentCall, DocumentResult> history = recorder.history();
        assertEquals(CLIENTS * CALLS, history.size());
        Verdict verdict = LinearizabilityChecker.check(history, DocumentModel.of(history));
        assertInstanceOf(Linearizable.class, verdict, verdict::toString);
    }

    private static void work(
            String name,
            DocumentStore store,
            HistoryRecorder<DocumentCall, DocumentResult> recorder,
            SplittableRandom random) {
        for (int i = 0; i < CALLS; i++) {
            DocumentCall call = store.plan(random);
            Pending<DocumentCall, DocumentResult> pending = recorder.invoke(name, call);
            LockSupport.parkNanos(random.nextInt(50_000));
            DocumentResult result = store.execute(call);
            LockSupport.parkNanos(random.nextInt(50_000));
            if (random.nextInt(20) == 0) {
                pending.unknown("the answer was lost");
            } else {
                pending.returned(result);
                store.tell(call, result);
            }
        }
    }
}
