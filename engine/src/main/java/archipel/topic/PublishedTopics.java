package archipel.topic;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Which topics there are, as readers of this node know it. Changed by one thread, read by any. */
public final class PublishedTopics {
    private volatile State state = new State(new TreeMap<>(), new HashSet<>(), 0);

    @Nullable
    Topic find(String name) {
        return state.byName.get(name);
    }

    SortedMap<String, Topic> all() {
        return state.byName;
    }

    /** Whether there was a topic of that number, and is none. */
    boolean isGone(int number) {
        State now = state;
        return number <= now.lastNumber && !now.numbers.contains(number);
    }

    void show(State newer) {
        state = newer;
    }

    /**
     * All topics at one time; there are few, and they seldom change.
     *
     * @param lastNumber that a topic got
     */
    record State(SortedMap<String, Topic> byName, Set<Integer> numbers, int lastNumber) {
        static State of(Collection<Topic> topics, int lastNumber) {
            SortedMap<String, Topic> byName = new TreeMap<>();
            Set<Integer> numbers = new HashSet<>();
            for (Topic topic : topics) {
                byName.put(topic.name(), topic);
                numbers.add(topic.number());
            }
            return new State(byName, numbers, lastNumber);
        }
    }
}
