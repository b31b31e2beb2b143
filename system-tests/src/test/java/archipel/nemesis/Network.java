package archipel.nemesis;

import archipel.cluster.ServerOptions.Place;
import java.io.IOException;
import org.opentest4j.TestAbortedException;

/** How the members of an ensemble reach each other, and what can go wrong on the way. Clients reach all of them. */
interface Network extends AutoCloseable {
    /** Where a node's sockets are. */
    Place place(int node);

    /** The setting that tells a node of all members. */
    String members(int node);

    /** Whether a node is at one address for whoever asks: a member that joins says which is its own. */
    boolean hasOneAddressForAll();

    /** The node as the ensemble is told of it: {@code NAME=HOST:PORT}. */
    String member(int node);

    /** Nothing that one sends gets to the other, on open connections as well; nobody is told. */
    void cut(int from, int to) throws IOException, InterruptedException;

    /** What one sends the other is late from here on. */
    void delay(int from, int to, int ms) throws IOException, InterruptedException;

    /** A part of what one sends the other is lost from here on, and has to be sent again. */
    void lose(int from, int to, int percent) throws IOException, InterruptedException;

    /** Everything passes again. */
    void heal() throws IOException, InterruptedException;

    @Override
    void close() throws IOException;

    /** One on which everything can go wrong, where this process may make it; otherwise the other one. */
    static Network make(int nodes) throws IOException, InterruptedException {
        try {
            return new HostNetwork(nodes);
        } catch (TestAbortedException mayNot) {
            return new LoopbackNetwork(nodes);
        }
    }

    static String name(int node) {
        return "n" + node;
    }
}
