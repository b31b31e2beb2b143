package archipel.trios;

import archipel.report.ProcessTree;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** Three running processes of one system, which form one ensemble. Closing it stops them. */
interface Contender extends AutoCloseable {
    int MEMBERS = 3;

    String title();

    /** Once it takes writes. */
    Clients connect() throws IOException;

    Set<Operation> operations();

    List<ProcessTree> processes();

    @Override
    void close();

    /** How one is started. */
    interface Starter {
        String title();

        /** Its version and settings, for the report. */
        String conditions() throws IOException;

        Contender start() throws IOException;
    }
}
