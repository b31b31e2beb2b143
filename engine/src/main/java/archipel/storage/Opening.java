package archipel.storage;

import java.util.ArrayList;
import java.util.List;

/**
 * What is opened one after the other and belongs together: where one of them fails, those before it are closed, the
 * newest first. Closed in any case, it closes nothing once everything is there ({@link #keep}).
 */
public final class Opening implements AutoCloseable {
    private final List<AutoCloseable> opened = new ArrayList<>(8);

    /** Has the resource closed unless everything is kept. */
    public <R extends AutoCloseable> R add(R resource) {
        opened.add(resource);
        return resource;
    }

    /** Everything was opened, and belongs to whoever opened it. */
    public void keep() {
        opened.clear();
    }

    /** @throws IllegalStateException where one of them cannot be closed; the others are */
    @Override
    public void close() {
        IllegalStateException failure = null;
        for (AutoCloseable resource : opened.reversed()) {
            try {
                resource.close();
            } catch (Exception e) {
                failure = failure == null ? new IllegalStateException("not everything could be closed") : failure;
                failure.addSuppressed(e);
            }
        }
        opened.clear();
        if (failure != null) {
            throw failure;
        }
    }
}
