package archipel.nemesis;

import archipel.linearizability.DocumentCall;
import archipel.linearizability.DocumentResult;
import archipel.linearizability.History;
import archipel.linearizability.HistoryRecorder;
import archipel.linearizability.PresenceCall;
import archipel.linearizability.PresenceModel;
import archipel.linearizability.RegisterCall;
import archipel.linearizability.RegisterResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** All clients of a run, each with a thread of its own, and what they saw. */
final class Clients implements AutoCloseable {
    static final String DATABASE = "islands";

    private final NodeClient nodes;
    private final HistoryRecorder<DocumentCall, DocumentResult> documents = new HistoryRecorder<>();
    private final HistoryRecorder<RegisterCall, RegisterResult> registers = new HistoryRecorder<>();
    private final HistoryRecorder<PresenceCall, PresenceModel.Answer> databases = new HistoryRecorder<>();
    private final Heads heads = new Heads();
    private final Map<String, Set<String>> acknowledged = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean over;
    private volatile int round;

    Clients(NodeClient nodes) {
        this.nodes = nodes;
    }

    /** Begins: so many that keep to one node for each node, and as many that go round as there are nodes. */
    void begin(int perNode, SplittableRandom random) {
        for (int node = 0; node < nodes.nodes(); node++) {
            for (int i = 0; i < perNode; i++) {
                begin("n" + node + "c" + i, node, random.split());
            }
            begin("round" + node, -1, random.split());
        }
    }

    private void begin(String name, int node, SplittableRandom random) {
        ClientLoop loop = new ClientLoop(this, name, node, random);
        threads.add(Thread.ofVirtual().name(name).start(loop::run));
    }

    NodeClient nodes() {
        return nodes;
    }

    HistoryRecorder<DocumentCall, DocumentResult> documents() {
        return documents;
    }

    HistoryRecorder<RegisterCall, RegisterResult> registers() {
        return registers;
    }

    HistoryRecorder<PresenceCall, PresenceModel.Answer> databases() {
        return databases;
    }

    Heads heads() {
        return heads;
    }

    boolean isOver() {
        return over;
    }

    /** From here on other documents are used: what is judged together stays short. */
    void nextRound() {
        round++;
    }

    int round() {
        return round;
    }

    /** A revision that was acknowledged: it may never be missing again. */
    void acknowledged(String id, String revision) {
        acknowledged.computeIfAbsent(id, _ -> ConcurrentHashMap.newKeySet()).add(revision);
    }

    Map<String, Set<String>> acknowledged() {
        return acknowledged;
    }

    void count(String what) {
        counts.computeIfAbsent(what, _ -> new LongAdder()).increment();
    }

    /** How often what happened. */
    Map<String, LongAdder> counts() {
        return counts;
    }

    History<DocumentCall, DocumentResult> documentHistory() {
        return documents.history();
    }

    History<RegisterCall, RegisterResult> registerHistory() {
        return registers.history();
    }

    History<PresenceCall, PresenceModel.Answer> databaseHistory() {
        return databases.history();
    }

    /** Lets each end what it is doing. */
    @Override
    public void close() {
        over = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
