package archipel.pairs;

import archipel.rawhttp.HttpTarget;
import archipel.report.ProcessTree;

/** One of two servers, with its process. */
interface Member extends AutoCloseable {
    HttpTarget target();

    /** With the credentials that the other one needs. */
    String url();

    ProcessTree processes();

    @Override
    void close();
}
