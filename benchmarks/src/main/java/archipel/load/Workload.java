package archipel.load;

import archipel.report.Round;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Something that clients do to a server, over and over. */
interface Workload {
    /** As {@code --only} names it. */
    String name();

    /** What throughput counts. */
    String unit();

    /** What is done, in a few words, for the list of workloads. */
    String description();

    /** Makes what the workload needs on a server, unmeasured. */
    Session open(Subject subject) throws IOException;

    /** A workload on one server. */
    interface Session {
        /**
         * Works for about as long as asked, at least one operation.
         *
         * @throws IOException when the server answers anything but what it should, or not in time
         */
        Round run(Duration duration) throws IOException;

        /** What else is worth saying, once all rounds are done. */
        default List<String> notes() {
            return List.of();
        }
    }
}
