package archipel.linearizability;

import archipel.linearizability.Outcome.Failed;
import archipel.linearizability.Outcome.Returned;
import archipel.linearizability.Outcome.Unknown;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Clients with random delays that work on a store in memory, one call at a time each, in simulated time. Each call is
 * executed at one moment between its beginning and its end, so that the history is linearizable. Some answers are
 * lost: the call may then be executed long after its client has gone on, or never.
 */
final class SimulatedClients<C, R> {
    /** What the clients work on. */
    interface Store<C, R> {
        /** What a client asks next, given what it can know. */
        C plan(SplittableRandom random);

        R execute(C call);

        /** A client has this answer from now on. */
        default void tell(C call, R result) {}
    }

    /**
     * How they work.
     *
     * @param operations of all clients together
     * @param lost the share of answers that are lost
     * @param tick how coarse the clock is; a call takes 20 on average
     */
    record Settings(int clients, int operations, double lost, long tick) {}

    private record Event(double at, Runnable action) {}

    private final Store<C, R> store;
    private final Settings settings;
    private final SplittableRandom random;
    private final PriorityQueue<Event> events = new PriorityQueue<>(Comparator.comparingDouble(Event::at));
    private final List<Operation<C, R>> operations = new ArrayList<>();
    private int begun;
    private double now;

    private SimulatedClients(Store<C, R> store, Settings settings, SplittableRandom random) {
        this.store = store;
        this.settings = settings;
        this.random = random;
    }

    static <C, R> History<C, R> run(Store<C, R> store, Settings settings, SplittableRandom random) {
        return new SimulatedClients<>(store, settings, random).run();
    }

    private History<C, R> run() {
        for (int client = 0; client < settings.clients(); client++) {
            String name = "client-" + client;
            after(delay(), () -> begin(name));
        }
        while (!events.isEmpty()) {
            Event event = events.remove();
            now = event.at();
            event.action().run();
        }
        return new History<>(operations);
    }

    private void after(double delay, Runnable action) {
        events.add(new Event(now + delay, action));
    }

    private double delay() {
        return -Math.log(1 - random.nextDouble()) * 10;
    }

    private long clock() {
        return (long) now / settings.tick() * settings.tick();
    }

    private void begin(String client) {
        if (begun++ >= settings.operations()) {
            return;
        }
        C call = store.plan(random);
        long invokedNs = clock();
        if (random.nextDouble() >= settings.lost()) {
            after(delay(), () -> {
                R result = store.execute(call);
                after(delay(), () -> {
                    store.tell(call, result);
                    end(client, invokedNs, call, new Returned<>(result));
                });
            });
            return;
        }
        double fate = random.nextDouble();
        if (fate < 0.1) {
            after(delay(), () -> end(client, invokedNs, call, new Failed<>("no connection")));
            return;
        }
        if (fate < 0.7) {
            after(delay() * (fate < 0.2 ? 100 : 1), () -> store.execute(call));
        }
        after(delay(), () -> end(client, invokedNs, call, new Unknown<>("timeout")));
    }

    private void end(String client, long invokedNs, C call, Outcome<R> outcome) {
        operations.add(new Operation<>(client, invokedNs, clock(), call, outcome));
        after(delay() / 10, () -> begin(client));
    }

    /** The history with the result of one operation changed to one of another; null where there are no two. */
    static <C, R> @Nullable History<C, R> mutated(History<C, R> history, SplittableRandom random) {
        List<Operation<C, R>> operations = new ArrayList<>(history.operations());
        List<Operation<C, R>> known =
                operations.stream().filter(one -> one.result() != null).toList();
        if (known.size() < 2) {
            return null;
        }
        Operation<C, R> changed = known.get(random.nextInt(known.size()));
        Operation<C, R> like = known.get(random.nextInt(known.size()));
        operations.set(
                operations.indexOf(changed),
                new Operation<>(
                        changed.client(), changed.invokedNs(), changed.endedNs(), changed.call(), like.outcome()));
        return new History<>(operations);
    }
}
