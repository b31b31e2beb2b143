package archipel.linearizability;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;

/** A queue in memory, one operation at a time. */
final class QueueStore implements SimulatedClients.Store<String, String> {
    private final Deque<String> queue = new ArrayDeque<>();
    private int values;

    @Override
    public String plan(SplittableRandom random) {
        return random.nextBoolean() ? "deq" : "enq " + values++;
    }

    @Override
    public String execute(String call) {
        if (call.equals("deq")) {
            String first = queue.poll();
            return first == null ? "empty" : first;
        }
        queue.add(call.substring("enq ".length()));
        return "ok";
    }
}
