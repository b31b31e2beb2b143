package archipel.server;

import archipel.coordination.Coordination;
import archipel.engine.Node;
import archipel.health.Metrics;

/** What can be measured of the tree of ZooKeeper's clients. */
final class CoordinationMetrics {
    private CoordinationMetrics() {}

    /** Once, before clients come. */
    static void register(Node node, Coordination coordination) {
        Metrics metrics = node.metrics();
        metrics.gauge(
                "coordination_nodes",
                "nodes of the tree",
                () -> coordination.figures().nodes());
        metrics.gauge(
                "coordination_tree_bytes",
                "bytes that the tree occupies, roughly",
                () -> coordination.figures().bytes());
        metrics.gauge(
                "coordination_sessions",
                "sessions of clients of ZooKeeper, on all servers",
                () -> coordination.figures().sessions());
        metrics.gauge(
                "coordination_connections_open",
                "connections of clients of ZooKeeper",
                () -> coordination.figures().connections());
        metrics.gauge(
                "coordination_watches",
                "watches that clients of ZooKeeper have set here",
                () -> coordination.figures().watches());
        metrics.gauge(
                "coordination_requests_running",
                "requests of clients of ZooKeeper that are not answered",
                () -> coordination.figures().requests());
        metrics.gauge(
                "coordination_unsent_bytes",
                "bytes that clients of ZooKeeper have not taken yet",
                () -> coordination.figures().unsentBytes());
        metrics.counter(
                "coordination_connections_refused",
                "connections and sessions of clients of ZooKeeper that found no room",
                () -> coordination.figures().refused());
        metrics.counter(
                "coordination_connections_dropped",
                "connections of clients of ZooKeeper that took or kept too much",
                () -> coordination.figures().dropped());
        metrics.counter(
                "coordination_requests_malformed",
                "requests of clients of ZooKeeper that could not be read, or were too long",
                () -> coordination.figures().malformed());
    }
}
