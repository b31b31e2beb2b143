package archipel.topic;

import archipel.changes.Waiters;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How the topics of a group stand, as readers of this node know it, and who waits for their messages. Changed on one
 * thread at a time, which all writers wait for; read by any.
 */
public final class PublishedMessages {
    private final Map<Integer, TopicState> states = new ConcurrentHashMap<>();
    private final Map<Integer, Waiters> waiting = new ConcurrentHashMap<>();
    private final Consumer<Waiters> wakers;

    /** @param wakers has threads woken, once readers see what was told here; neither waits nor fails */
    public PublishedMessages(Consumer<Waiters> wakers) {
        this.wakers = wakers;
    }

    /** Null where the group has had no message of it. */
    @Nullable
    TopicState find(int topic) {
        return states.get(topic);
    }

    Map<Integer, TopicState> all() {
        return states;
    }

    Waiters waiters(int topic) {
        return waiting.computeIfAbsent(topic, _ -> new Waiters());
    }

    // For the thread that publishes.

    void change(Map<Integer, @Nullable TopicState> changed) {
        changed.forEach((number, state) -> {
            if (state == null) {
                states.remove(number);
            } else {
                states.put(number, state);
            }
            wake(number);
            if (state == null || state.closed()) {
                waiting.remove(number);
            }
        });
    }

    private void wake(int number) {
        Waiters there = waiting.get(number);
        if (there != null) {
            wakers.accept(there);
        }
    }

    void replace(Map<Integer, TopicState> all) {
        states.keySet().retainAll(all.keySet());
        states.putAll(all);
        waiting.keySet().forEach(this::wake);
    }
}
