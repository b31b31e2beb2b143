package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.RequestException;
import archipel.storage.FaultyStore;
import archipel.storage.StorageException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Databases are made, named and dropped in several commands of two groups; a stop between any two of them. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DatabaseStepsTest {
    /** More than all steps below take. */
    private static final int COMMITS = 14;

    @TempDir
    private Path directory;

    private FaultyStore store;

    @Test
    void steps_stoppedAfterAnyCommit_areDoneOrUndoneAtTheNextStart() {
        Set<List<String>> ends = new TreeSet<>((one, other) -> one.toString().compareTo(other.toString()));
        for (int commits = 0; commits <= COMMITS; commits++) {
            Path data = directory.resolve("after" + commits);
            Set<String> certain = new TreeSet<>(List.of("old"));
            Set<String> possible = new TreeSet<>(List.of("old", "new", "fork"));
            Node node = open(data);
            Edits.put(node.create("old"), "x", null, "{}");
            store.failCommit(StorageException.Kind.IO, commits);
            // Each in turn, until one of them meets the end.
            if (isDone(() -> node.create("new"))) {
                certain.add("new");
                if (isDone(() -> fork(node, "old", "fork"))) {
                    certain.add("fork");
                    certain.remove("old");
                    if (isDone(() -> node.delete("old"))) {
                        possible.remove("old");
                    }
                }
            }
            node.close();
            List<String> names = restart(data);
            ends.add(names);
            assertTrue(names.containsAll(certain), names + " after " + commits + ", acknowledged: " + certain);
            assertTrue(possible.containsAll(names), names + " after " + commits + ", possible: " + possible);
        }
        assertTrue(ends.contains(List.of("old")), "stopped before all steps: " + ends);
        assertTrue(ends.contains(List.of("fork", "new")), "stopped after all steps: " + ends);
    }

    private static boolean isDone(Runnable step) {
        try {
            step.run();
            return true;
        } catch (RequestException e) {
            return false;
        }
    }

    private static void fork(Node node, String source, String target) {
        try {
            node.database(source).fork(target, new BlockSelector.Latest(), Duration.ZERO);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The names that a new start finds, once it is done with what was left. */
    private List<String> restart(Path data) {
        List<String> names;
        try (Node node = Node.open(data, NodeOptions.DEFAULT)) {
            names = node.databaseNames();
            Awaitility.await()
                    .until(() -> node.databaseNumbers(1).size()
                            == node.databaseNames().size());
            for (String name : names) {
                assertEquals(
                        name.equals("new") ? 0 : 1, node.database(name).state().documents());
            }
        }
        assertEquals(List.of(), Checker.check(data), "the names are " + names);
        return new ArrayList<>(names);
    }

    private Node open(Path data) {
        return Node.openStill(data, NodeOptions.DEFAULT, InstantSource.system(), (path, cache, buffer) -> {
            store = FaultyStore.open(path, cache, buffer);
            return store;
        });
    }
}
