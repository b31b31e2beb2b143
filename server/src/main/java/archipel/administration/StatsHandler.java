package archipel.administration;

import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.health.Metrics;
import archipel.http.Answer;
import archipel.http.HttpServices;
import archipel.http.Request;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What a node counts and measures, in CouchDB's forms and in Prometheus's. */
final class StatsHandler {
    private final RequestCounts counts;
    private final Metrics metrics;
    private final PrometheusText prometheus;

    StatsHandler(HttpServices services, Administration administration) {
        this.counts = administration.counts();
        this.metrics = services.node().metrics();
        this.prometheus = new PrometheusText(services.node(), counts);
    }

    /** {@code _stats} and paths into it; null for a path that leads nowhere, as CouchDB has it. */
    void stats(Request request, Answer answer) throws IOException {
        NodeHandler.requireGet(request);
        JsonBuffer json = new StatsJson(counts, metrics).write();
        if (request.path().size() > 3) {
            JsonNode node = JsonTree.ofValid(json.toByteArray());
            for (int i = 3; i < request.path().size() && node != null; i++) {
                node = node.get(request.path().segment(i));
            }
            json = new JsonBuffer(256).raw(node == null ? bytes("null") : JsonTree.bytes(node));
        }
        answer.json(200, json);
    }

    /** {@code _prometheus}. */
    void prometheus(Request request, Answer answer) throws IOException {
        NodeHandler.requireGet(request);
        answer.text(200, "text/plain; version=2.0", bytes(prometheus.scrape()));
    }

    /** {@code _versions}. */
    void versions(Request request, Answer answer) throws IOException {
        NodeHandler.requireGet(request);
        JsonBuffer json = new JsonBuffer(128).ascii("{\"java\":{\"version\":");
        json.string(Runtime.version().toString()).ascii(",\"name\":").string(System.getProperty("java.vm.name", ""));
        json.ascii("},\"archipel\":{\"version\":").string(WelcomeHandler.version());
        answer.json(200, json.ascii("}}"));
    }

    /**
     * {@code _system}, with this machine's nearest to what CouchDB says of its own; 0 where there is nothing like it.
     */
    void system(Request request, Answer answer) throws IOException {
        NodeHandler.requireGet(request);
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        long direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        JsonBuffer json = new JsonBuffer(1024).ascii("{\"uptime\":");
        json.number(ManagementFactory.getRuntimeMXBean().getUptime() / 1000);
        json.ascii(",\"memory\":{\"other\":0,\"atom\":0,\"atom_used\":0,\"processes\":");
        json.number(memory.getHeapMemoryUsage().getCommitted()).ascii(",\"processes_used\":");
        json.number(memory.getHeapMemoryUsage().getUsed()).ascii(",\"binary\":").number(direct);
        json.ascii(",\"code\":")
                .number(memory.getNonHeapMemoryUsage().getUsed())
                .ascii(",\"ets\":0}");
        json.ascii(",\"run_queue\":0,\"run_queue_dirty_cpu\":0,\"ets_table_count\":0,\"bt_engine_cache\":{}");
        json.ascii(",\"context_switches\":0,\"reductions\":0,\"garbage_collection_count\":");
        json.number(ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(collector -> Math.max(0, collector.getCollectionCount()))
                .sum());
        json.ascii(",\"words_reclaimed\":0,\"io_input\":0,\"io_output\":0,\"os_proc_count\":0");
        json.ascii(",\"stale_proc_count\":0,\"process_count\":");
        json.number(ManagementFactory.getThreadMXBean().getThreadCount());
        json.ascii(",\"process_limit\":0,\"message_queues\":{},\"internal_replication_jobs\":0");
        json.ascii(",\"distribution\":{},\"distribution_events\":{}}");
        answer.json(200, json);
    }

    private static byte[] bytes(@Nullable String text) {
        return String.valueOf(text).getBytes(StandardCharsets.UTF_8);
    }
}
