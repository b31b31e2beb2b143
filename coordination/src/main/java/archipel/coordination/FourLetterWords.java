package archipel.coordination;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.zookeeper.Environment;
import org.apache.zookeeper.Version;
import org.apache.zookeeper.server.DataTree;
import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.zookeeper.server.ServerCnxn;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.ServerStats;
import org.jspecify.annotations.Nullable;

/**
 * The commands of operators, words of four letters that a connection can begin with, as far as the settings allow them.
 * ZooKeeper's own are allowed for a whole process, are written while others wait, and fail on a leader of ours.
 */
final class FourLetterWords {
    private static final Map<Integer, String> KNOWN = Stream.of(
                    "conf", "cons", "crst", "dirs", "dump", "envi", "isro", "mntr", "ruok", "srst", "srvr", "stat",
                    "wchc", "wchp", "wchs")
            .collect(Collectors.toUnmodifiableMap(
                    word -> ByteBuffer.wrap(word.getBytes(StandardCharsets.US_ASCII))
                            .getInt(),
                    word -> word));
    private static final String ALL = "*";
    private static final String NOT_SERVING = "This ZooKeeper instance is not currently serving requests\n";

    private final List<String> allowed;

    FourLetterWords(CoordinationOptions options) {
        this.allowed = options.connections().commands();
    }

    /** The word that has these bytes; null where they are none, but the length of a frame. */
    static @Nullable String word(int bytes) {
        return KNOWN.get(bytes);
    }

    /** Whether there is such a word. */
    static boolean isKnown(String word) {
        return word.equals(ALL) || KNOWN.containsValue(word);
    }

    String answer(String word, TreeServer server) {
        if (!allowed.contains(ALL) && !allowed.contains(word)) {
            return word + " is not executed because it is not in the whitelist.\n";
        }
        if (word.equals("ruok")) {
            return "imok";
        }
        if (!server.isRunning() || !(server.getServerCnxnFactory() instanceof Connections connections)) {
            return word.equals("isro") ? "null" : NOT_SERVING;
        }
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        write(word, server, connections, out);
        out.flush();
        return text.toString();
    }

    private static void write(String word, TreeServer server, Connections connections, PrintWriter out) {
        DataTree tree = server.getZKDatabase().getDataTree();
        switch (word) {
            case "conf" -> server.dumpConf(out);
            case "cons" -> connections(connections, out, false);
            case "crst" -> {
                connections.resetAllConnectionStats();
                out.println("Connection stats reset.");
            }
            case "dirs" -> {
                out.println("datadir_size: " + server.getDataDirSize());
                out.println("logdir_size: " + server.getLogDirSize());
            }
            case "dump" -> dump(server, connections, out);
            case "envi" -> {
                out.println("Environment:");
                Environment.list().forEach(entry -> out.println(entry.getKey() + "=" + entry.getValue()));
            }
            case "isro" -> out.print("rw");
            case "mntr" -> monitor(server, connections, (name, value) -> out.println("zk_" + name + "\t" + value));
            case "srst" -> {
                server.serverStats().reset();
                out.println("Server stats reset.");
            }
            case "srvr", "stat" -> status(word.equals("stat"), server, connections, out);
            case "wchs" -> {
                tree.dumpWatchesSummary(out);
                out.println();
            }
            default -> {
                tree.dumpWatches(out, word.equals("wchp"));
                out.println();
            }
        }
    }

    private static void connections(ServerCnxnFactory connections, PrintWriter out, boolean brief) {
        for (ServerCnxn connection : connections.getConnections()) {
            connection.dumpConnectionInfo(out, brief);
            out.println();
        }
        out.println();
    }

    private static void dump(TreeServer server, NIOServerCnxnFactory connections, PrintWriter out) {
        out.println("SessionTracker dump:");
        server.sessions().dumpSessions(out);
        out.println("ephemeral nodes dump:");
        server.dumpEphemerals(out);
        out.println("Connections dump:");
        connections.dumpConnections(out);
    }

    private static void status(boolean clients, TreeServer server, Connections connections, PrintWriter out) {
        out.println("Zookeeper version: " + Version.getFullVersion());
        if (clients) {
            out.println("Clients:");
            connections(connections, out, true);
        }
        out.print(server.serverStats());
        out.println("Node count: " + server.getZKDatabase().getNodeCount());
    }

    /** What monitoring asks for, under ZooKeeper's names. None of it names a client. */
    static void monitor(TreeServer server, Connections connections, BiConsumer<String, Object> out) {
        ServerStats stats = server.serverStats();
        DataTree tree = server.getZKDatabase().getDataTree();
        out.accept("version", Version.getFullVersion());
        out.accept("server_state", server.getState());
        out.accept("avg_latency", stats.getAvgLatency());
        out.accept("max_latency", stats.getMaxLatency());
        out.accept("min_latency", stats.getMinLatency());
        out.accept("packets_received", stats.getPacketsReceived());
        out.accept("packets_sent", stats.getPacketsSent());
        out.accept("num_alive_connections", connections.getNumAliveConnections());
        out.accept("outstanding_requests", stats.getOutstandingRequests());
        out.accept("znode_count", tree.getNodeCount());
        out.accept("watch_count", connections.traffic().watchCount.get());
        out.accept("ephemerals_count", tree.getEphemeralsCount());
        out.accept("approximate_data_size", tree.cachedApproximateDataSize());
        out.accept("global_sessions", server.sessions().all().size());
        out.accept("connection_rejected", connections.traffic().refused.get());
        out.accept("connection_drop_count", connections.traffic().dropped.get());
        out.accept("uptime", stats.getUptime());
    }
}
