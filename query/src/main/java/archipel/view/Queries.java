package archipel.view;

import archipel.engine.Node.BackgroundTask;
import java.time.InstantSource;
import java.util.List;

/** What a node's queries work with. */
public final class Queries implements AutoCloseable {
    private final IndexKeeper keeper;

    public Queries(InstantSource clock) {
        this.keeper = new IndexKeeper(clock);
    }

    public IndexKeeper keeper() {
        return keeper;
    }

    /** The builds under way. */
    public List<BackgroundTask> tasks() {
        return keeper.tasks();
    }

    @Override
    public void close() {
        keeper.close();
    }
}
