package archipel.find;

import archipel.changes.Waiter;
import archipel.engine.Database;
import archipel.mango.IndexOpener;
import org.jspecify.annotations.Nullable;

/** Where a database's indexes come from. */
@FunctionalInterface
public interface IndexSource {
    /**
     * Null where there are none, so that documents alone are looked at.
     *
     * @param client who waits for what is built, and may give up
     */
    @Nullable
    IndexOpener of(Database database, Waiter client);
}
