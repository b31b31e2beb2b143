package archipel.trios;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Connections to all members of an ensemble. What is asked is answered later, on a thread of the clients. */
interface Clients extends AutoCloseable {
    /** Hears of the end of an operation, once. */
    interface Completion {
        /** @param failure null where the answer was what it should be */
        void ended(@Nullable Throwable failure);
    }

    /**
     * Starts an operation.
     *
     * @param slot of the loop; one operation of each is under way
     * @param member 0 to 2, at which it is done
     * @param number of the value that is written, different for all, or of the one that is read
     */
    void start(Operation operation, int slot, int member, long number, Completion completion);

    @Override
    void close() throws IOException;
}
