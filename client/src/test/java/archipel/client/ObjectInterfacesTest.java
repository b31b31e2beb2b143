package archipel.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.calls.SteadyClock;
import archipel.objects.MemoryStates;
import archipel.objects.ReadOnly;
import archipel.objects.ReplicatedObjects;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Objects whose interface is seen in its own package only, which is another one than that of the library. */
final class ObjectInterfacesTest {
    private final ReplicatedObjects objects =
            new ReplicatedObjects(new MemoryStates(), SteadyClock.machine(), Duration.ofSeconds(5));

    interface Named {
        default String title() {
            return getClass().getSimpleName().isEmpty() ? "" : "a log";
        }
    }

    interface Log extends Named {
        void add(String line) throws IllegalArgumentException;

        @ReadOnly
        List<String> lines();

        default int addAll(List<String> more) {
            more.forEach(this::add);
            return lines().size();
        }

        default int addTwice(String line) {
            return addAll(List.of(line, line));
        }
    }

    static final class LogState implements Log {
        private final List<String> lines = new ArrayList<>();

        @Override
        public void add(String line) {
            lines.add(line);
        }

        @Override
        public List<String> lines() {
            return lines;
        }
    }

    @Test
    void implicit_defaultMethodsOfAPackagesOwnInterface_areCalled() {
        Log log = objects.implicit("logs/a", Log.class, LogState::new);
        assertEquals(2, log.addTwice("calm"));
        assertEquals("a log", log.title());
        assertEquals(List.of("calm", "calm"), log.lines());
    }
}
