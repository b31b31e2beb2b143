package archipel.engine;

import archipel.health.Metrics;
import archipel.index.IndexState;
import archipel.index.IndexStore;
import archipel.log.CommandLog;
import archipel.log.WriteState;
import archipel.storage.Store;

/** What can be measured of a node's data. */
final class NodeMetrics {
    private NodeMetrics() {}

    /** Once, before the node is used. */
    static void register(Node node, DataDirectory directory, CommandLog log, WriteState writes) {
        Metrics metrics = node.metrics();
        Store store = node.store();
        IndexStore indexes = node.indexes();
        metrics.gauge("commands_waiting", "write commands that wait for the writer", log::waiting);
        metrics.gauge("disk_free_bytes", "bytes that the data's disk has left for this process", directory::freeBytes);
        metrics.gauge("disk_size_bytes", "size of the disk that the data is on", directory::diskBytes);
        metrics.gauge("store_files_bytes", "bytes of the store's files, logs apart", store::fileBytes);
        metrics.gauge("index_files_bytes", "bytes of the files of indexes", () -> {
            Store opened = indexes.opened();
            return opened == null ? 0 : opened.fileBytes();
        });
        metrics.counter(
                "index_stores_damaged",
                "how often all indexes begin anew, as their store was damaged",
                indexes::damages);
        metrics.counter("store_errors", "how often the store failed to read or write", Store::failures);
        metrics.counter(
                "write_faults", "writes that failed by a fault of this node, not of the request", writes::faults);
        metrics.gauge("snapshots", "states of the store that readers hold", store::openSnapshots);
        metrics.gauge(
                "oldest_snapshot_seconds",
                "for how long the oldest state that is still being read has been superseded",
                () -> node.oldestSnapshotMs() / 1e3);
        metrics.gauge("index_lag_changes", "changes that the index farthest behind has not seen", () -> indexLag(node));
    }

    private static double indexLag(Node node) {
        long greatest = 0;
        for (Database database : node.databases()) {
            long head = database.state().head().lastSeq();
            for (IndexState state : database.indexes().states()) {
                greatest = Math.max(greatest, head - state.seq());
            }
        }
        return greatest;
    }
}
