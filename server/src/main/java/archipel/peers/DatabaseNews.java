package archipel.peers;

import archipel.auth.UserContext;
import archipel.document.JsonBuffer;
import archipel.engine.Database;
import archipel.engine.EventPosition;
import archipel.engine.Node;
import archipel.engine.Node.DatabaseEvent;
import archipel.http.JsonStream;
import archipel.mesh.Mesh;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the databases of this node are, as one member of the mesh is told: a line for each, and another one whenever it
 * has come to another position. What a database without news costs is an entry of a map. For one thread.
 */
final class DatabaseNews {
    private final Node node;
    private final Mesh mesh;
    private final UserContext peer;
    private final long sharing;
    private final Map<String, String> told = new HashMap<>();
    private EventPosition last;

    DatabaseNews(Node node, Mesh mesh, UserContext peer) {
        this.node = node;
        this.mesh = mesh;
        this.peer = peer;
        this.sharing = mesh.sharing();
        this.last = node.position();
    }

    /** Whether the peer may still be told, and of the same databases. */
    boolean isOpen() {
        return mesh.sharing() == sharing && mesh.isMember(String.valueOf(peer.name()));
    }

    /** Tells of all; of none where an admin has paused the peer here, which it is told as well. */
    void list(JsonStream stream) throws IOException {
        if (mesh.isPaused(String.valueOf(peer.name()))) {
            stream.buffer().ascii("{\"paused\":true}\n");
        }
        for (String name : node.databaseNames()) {
            boolean _ = write(stream, name);
        }
    }

    /** Waits for news of any database. */
    boolean await(Duration atMost) throws InterruptedException {
        return node.awaitEvent(last, atMost);
    }

    /** Tells what is new. @return whether there was anything that the peer is told of */
    boolean write(JsonStream stream) throws IOException {
        boolean written = false;
        EventPosition now = node.position();
        for (DatabaseEvent event : node.eventsSince(last)) {
            last = event.position();
            if (isOpen()) {
                written |= write(stream, event.database());
            }
        }
        last = last.and(now);
        return written;
    }

    private boolean write(JsonStream stream, String name) throws IOException {
        if (!mesh.shows(peer, name)) {
            return false;
        }
        Database database = node.find(name);
        String position =
                database == null ? null : database.state().head().lastSequence().toString();
        if (isTold(name, position)) {
            return false;
        }
        JsonBuffer json = stream.buffer().ascii("{\"db\":").string(name);
        if (position == null) {
            json.ascii(",\"deleted\":true}\n");
        } else {
            json.ascii(",\"seq\":").string(position).ascii("}\n");
        }
        stream.drain();
        return true;
    }

    private boolean isTold(String name, @Nullable String position) {
        String before = position == null ? told.remove(name) : told.put(name, position);
        return position == null ? before == null : position.equals(before);
    }
}
