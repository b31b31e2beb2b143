package archipel.view;

import archipel.changes.BackgroundTask;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a node's queries work with. JavaScript is made ready when it is first needed, so that a start does not wait. */
public final class Queries implements AutoCloseable {
    private final Supplier<Scripts> maker;
    private final IndexKeeper keeper;
    private final ViewDefinitions definitions;
    private @Nullable Scripts scripts;
    private boolean closed;

    public Queries(Supplier<Scripts> maker, ViewDefinitions.OtherLanguage otherLanguage, InstantSource clock) {
        this.maker = maker;
        this.keeper = new IndexKeeper(clock);
        this.definitions = new ViewDefinitions(this::scripts, otherLanguage);
    }

    public IndexKeeper keeper() {
        return keeper;
    }

    public ViewDefinitions definitions() {
        return definitions;
    }

    /** What runs JavaScript; made ready by the first who asks. */
    public synchronized Scripts scripts() {
        if (closed) {
            throw new RequestException(ErrorCode.STOPPING);
        }
        Scripts known = scripts;
        if (known == null) {
            known = maker.get();
            scripts = known;
        }
        return known;
    }

    /** The builds under way. */
    public List<BackgroundTask> tasks() {
        return keeper.tasks();
    }

    @Override
    public void close() {
        keeper.close();
        synchronized (this) {
            closed = true;
            if (scripts != null) {
                scripts.close();
            }
        }
    }
}
