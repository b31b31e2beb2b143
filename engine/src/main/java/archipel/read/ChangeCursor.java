package archipel.read;

import archipel.changes.Change;

/** A walk over changes; begins before the first. For one thread, while its reader is open. */
public interface ChangeCursor extends AutoCloseable {
    boolean next();

    Change change();

    @Override
    void close();
}
