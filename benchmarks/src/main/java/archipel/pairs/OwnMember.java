package archipel.pairs;

import archipel.load.OwnServer;
import archipel.rawhttp.HttpTarget;
import archipel.report.ProcessTree;

/** A server of ours. */
record OwnMember(OwnServer server) implements Member {
    @Override
    public HttpTarget target() {
        return server.target();
    }

    @Override
    public String url() {
        return server.url();
    }

    @Override
    public ProcessTree processes() {
        return server.processes();
    }

    @Override
    public void close() {
        server.close();
    }
}
