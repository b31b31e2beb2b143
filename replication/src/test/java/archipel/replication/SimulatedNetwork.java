package archipel.replication;

import archipel.testkit.SeededScheduler;
import java.io.IOException;
import java.util.SplittableRandom;

/** What passes between nodes, as long as {@link #calm} was not asked for. */
final class SimulatedNetwork {
    private static final int LONGEST_DELAY = 4;
    private static final int LATEST = 80;

    private final SeededScheduler scheduler;
    private final SplittableRandom random;
    private final boolean[][] cut;
    private boolean calm;
    private int lost;
    private int repeated;

    SimulatedNetwork(SeededScheduler scheduler, SplittableRandom random, int sites) {
        this.scheduler = scheduler;
        this.random = random;
        this.cut = new boolean[sites][sites];
    }

    /** Nothing fails any more. */
    void calm() {
        calm = true;
    }

    /** Cuts nodes into two parts, each direction of a pair by itself now and then, or heals some of that. */
    void change() {
        boolean split = random.nextBoolean();
        int parts = random.nextInt(1 << cut.length);
        for (int from = 0; from < cut.length; from++) {
            for (int to = 0; to < cut.length; to++) {
                boolean apart = (parts >> from & 1) != (parts >> to & 1);
                cut[from][to] = split && apart && random.nextInt(8) > 0;
            }
        }
    }

    /** Requests and answers that did not arrive. */
    int lost() {
        return lost;
    }

    int repeated() {
        return repeated;
    }

    void request(int from, int to) throws IOException {
        delay();
        pass(from, to, 20);
    }

    void answer(int from, int to) throws IOException {
        delay();
        pass(to, from, 20);
    }

    /** A part of a body. */
    void piece(int from, int to) throws IOException {
        pass(to, from, 60);
    }

    private void pass(int from, int to, int oneIn) throws IOException {
        if (!calm && from != to && (cut[from][to] || random.nextInt(oneIn) == 0)) {
            lost++;
            throw new IOException("cut off");
        }
    }

    private void delay() {
        for (int turns = random.nextInt(LONGEST_DELAY); turns > 0; turns--) {
            Thread.yield();
        }
    }

    /** Whether a request arrives twice. */
    boolean repeats() {
        return !calm && random.nextInt(6) == 0;
    }

    @FunctionalInterface
    interface Late {
        void arrive() throws Exception;
    }

    /** Lets the second copy of a request arrive at some time. */
    void later(Late request) {
        repeated++;
        int turns = random.nextInt(LATEST);
        scheduler
                .unstarted("late", () -> {
                    for (int turn = 0; turn < turns; turn++) {
                        Thread.yield();
                    }
                    try {
                        request.arrive();
                    } catch (Exception nobodyHears) {
                        return;
                    }
                })
                .start();
    }
}
