package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.storage.FaultyStore;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Opens nodes whose commands a {@link Twin} applies as well, each time through their bytes, and compares the stores as
 * the node closes its own. Every test that writes goes through it, unless it damages its store or lets it fail.
 */
final class Twins implements AfterEachCallback {
    private final Map<Path, Twin> twins = new TreeMap<>();

    Node open(Path directory, NodeOptions options) {
        return open(directory, options, Environment.real(options.limits()));
    }

    Node open(Path directory, NodeOptions options, InstantSource clock) {
        return open(directory, options, Environment.of(clock));
    }

    /** @param directory nothing else writes there before the test is over */
    Node open(Path directory, NodeOptions options, Environment environment) {
        Twin twin = twins.get(directory);
        if (twin == null) {
            if (Node.hasData(directory)) {
                throw new IllegalStateException("nobody saw how " + directory + " was written");
            }
            twin = new Twin();
            twins.put(directory, twin);
        }
        Twin mine = twin;
        DataDirectory.StoreOpener store = (path, cache, buffer) -> {
            FaultyStore opened = FaultyStore.open(path, cache, buffer);
            opened.beforeClose(() -> mine.compare(opened));
            return opened;
        };
        return Node.open(
                directory,
                options,
                environment
                        .withStore(store)
                        .withMachines((group, machine) ->
                                mine.onlooker(group, environment.machineOf().apply(group, machine))));
    }

    /** Says what differed so far, or that nothing was compared, and begins anew; the nodes have been closed. */
    void check() {
        List<Twin> all = List.copyOf(twins.values());
        twins.clear();
        all.forEach(Twin::close);
        for (Twin twin : all) {
            assertEquals(List.of(), twin.differences());
            assertTrue(twin.compared() > 0, "nothing was compared");
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        check();
    }
}
