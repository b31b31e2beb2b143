package archipel.coordination;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.WatcherType;

/**
 * The watches of one connection, which it may have only so many of. The library knows them by path, and counts none by
 * connection. One for a node's data and one for its children are two; those that stay are a third kind.
 */
final class Watches {
    /** What the library needs for a watch, and this, besides the path. */
    static final int BYTES = 300;

    private final Traffic traffic;
    private final Set<String> data = ConcurrentHashMap.newKeySet();
    private final Set<String> children = ConcurrentHashMap.newKeySet();
    private final Set<String> staying = ConcurrentHashMap.newKeySet();

    Watches(Traffic traffic) {
        this.traffic = traffic;
    }

    int count() {
        return data.size() + children.size() + staying.size();
    }

    void addData(String path) {
        add(data, path);
    }

    void addChildren(String path) {
        add(children, path);
    }

    void addStaying(String path) {
        add(staying, path);
    }

    private void add(Set<String> kind, String path) {
        if (kind.add(path)) {
            traffic.watches.addAndGet(bytes(path));
            traffic.watchCount.incrementAndGet();
        }
    }

    private void remove(Set<String> kind, String path) {
        if (kind.remove(path)) {
            traffic.watches.addAndGet(-bytes(path));
            traffic.watchCount.decrementAndGet();
        }
    }

    private static long bytes(String path) {
        return BYTES + 2L * path.length();
    }

    /** The client is told of a change: what it is told of by is gone. */
    void fired(EventType event, String path) {
        switch (event) {
            case NodeCreated, NodeDataChanged -> remove(data, path);
            case NodeChildrenChanged -> remove(children, path);
            case NodeDeleted -> {
                remove(data, path);
                remove(children, path);
            }
            default -> {
                // Of no watch, or of the removal of one.
            }
        }
    }

    void removed(WatcherType type, String path) {
        switch (type) {
            case Data -> remove(data, path);
            case Children -> remove(children, path);
            case Persistent, PersistentRecursive -> remove(staying, path);
            case Any -> {
                remove(data, path);
                remove(children, path);
                remove(staying, path);
            }
        }
    }

    void clear() {
        for (Set<String> kind : List.of(data, children, staying)) {
            kind.forEach(path -> remove(kind, path));
        }
    }
}
