package org.apache.curator.test;

import archipel.suites.EmptyTree;
import archipel.suites.Link;
import java.io.Closeable;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What {@link TestingServer} and {@link TestingCluster} begin, one for each server. Here each leads to a server that
 * runs already, those of a cluster to one each; the first that a test begins finds an empty tree.
 */
public class TestingZooKeeperServer implements Closeable {
    private static final AtomicInteger OPEN = new AtomicInteger();

    private final QuorumConfigBuilder configuration;
    private final int index;
    private final Link link;
    private State state = State.LATENT;

    private enum State {
        LATENT,
        STARTED,
        STOPPED,
        CLOSED
    }

    public TestingZooKeeperServer(QuorumConfigBuilder configuration) {
        this(configuration, 0);
    }

    public TestingZooKeeperServer(QuorumConfigBuilder configuration, int index) {
        this.configuration = configuration;
        this.index = index;
        int port = configuration.getInstanceSpec(index).getPort();
        this.link = configuration.size() > 1 ? Link.to(index, port) : Link.toAny(port);
    }

    public Collection<InstanceSpec> getInstanceSpecs() {
        return configuration.getInstanceSpecs();
    }

    public InstanceSpec getInstanceSpec() {
        return configuration.getInstanceSpec(index);
    }

    public int getLocalPort() {
        if (link.port() == 0) {
            throw new IllegalStateException("not started yet");
        }
        return link.port();
    }

    /** Of its states only one that was never started can be. */
    public synchronized void start() throws Exception {
        if (state == State.LATENT) {
            // Before clients of the test see the tree.
            if (OPEN.get() == 0) {
                EmptyTree.make(link.choose());
            } else {
                EmptyTree.await(link.choose());
            }
            link.open();
            OPEN.incrementAndGet();
            state = State.STARTED;
        }
    }

    public synchronized void restart() throws Exception {
        if (state == State.CLOSED) {
            throw new IllegalStateException("Cannot restart a closed instance");
        }
        if (state == State.LATENT) {
            start();
            return;
        }
        link.cut();
        link.open();
        state = State.STARTED;
    }

    public synchronized void kill() {
        stop();
    }

    public synchronized void stop() {
        if (state == State.STARTED) {
            link.cut();
            state = State.STOPPED;
        }
    }

    @Override
    public synchronized void close() {
        stop();
        if (state == State.STOPPED) {
            state = State.CLOSED;
            OPEN.decrementAndGet();
            configuration.close();
        }
    }
}
