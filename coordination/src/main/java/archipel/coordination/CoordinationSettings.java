package archipel.coordination;

import static archipel.settings.SettingGroup.words;

import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.SettingGroup;
import archipel.settings.SettingType.ByteSize;
import archipel.settings.SettingType.WholeNumber;
import archipel.settings.Settings;
import archipel.settings.Word;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How clients of ZooKeeper are served. */
public final class CoordinationSettings {
    public static final SettingGroup GROUP = new SettingGroup("Coordination");

    public static final Setting<Integer> COORDINATION_PORT = GROUP.node(
            "coordination_port",
            new WholeNumber(0, 65_535, ""),
            "0",
            Change.AT_START,
            "The TCP port for clients of ZooKeeper, by convention 2181; 0 for none.");
    public static final Setting<Open> COORDINATION_OPEN = GROUP.node(
            "coordination_open",
            words(Open.values(), Open::word),
            "loopback",
            Change.AT_START,
            "Where clients of ZooKeeper need no account: on a loopback address (loopback), never (no), on any (yes). "
                    + "Otherwise they log in by the scheme digest, with the name and password of an account.");
    public static final Setting<Integer> COORDINATION_TICK_MS = GROUP.node(
            "coordination_tick_ms",
            new WholeNumber(50, 60_000, "milliseconds"),
            "2000",
            Change.AT_START,
            "ZooKeeper's unit of time: sessions are looked after several times in each.");
    public static final Setting<Integer> COORDINATION_LEAST_TIMEOUT_MS = GROUP.node(
            "coordination_least_timeout_ms",
            new WholeNumber(100, 600_000, "milliseconds"),
            "4000",
            Change.AT_START,
            "The shortest timeout of a session; one that a client wants shorter becomes this long.");
    public static final Setting<Integer> COORDINATION_LONGEST_TIMEOUT_MS = GROUP.node(
            "coordination_longest_timeout_ms",
            new WholeNumber(100, 3_600_000, "milliseconds"),
            "40000",
            Change.AT_START,
            "The longest timeout of a session; one that a client wants longer becomes this long.");
    public static final Setting<Integer> COORDINATION_CONNECTIONS = GROUP.node(
            "coordination_connections",
            new WholeNumber(0, 100_000, "connections"),
            "1000",
            Change.AT_START,
            "How many connections of ZooKeeper's clients one address may have; 0 for any number.");
    public static final Setting<Long> COORDINATION_REQUEST_BYTES = GROUP.node(
            "coordination_request_bytes",
            new ByteSize(64 << 10, 64 << 20),
            "1MiB",
            Change.AT_START,
            "How long a request of a client of ZooKeeper may be; jute.maxbuffer of ZooKeeper.");
    public static final Setting<Long> COORDINATION_TREE_BYTES = GROUP.node(
            "coordination_tree_bytes",
            new ByteSize(0, 1L << 40),
            "0",
            Change.AT_START,
            "How large the tree may become, paths and data together: it is in memory. 0 for an eighth of the heap.");
    public static final Setting<Integer> COORDINATION_CONTAINER_CHECK_MS = GROUP.node(
            "coordination_container_check_ms",
            new WholeNumber(50, 3_600_000, "milliseconds"),
            "60000",
            Change.AT_START,
            "How often nodes are looked for that go by themselves: empty containers, and those whose time is over.");

    private static final long SHARE_OF_HEAP = 8;

    /** Of {@link #COORDINATION_OPEN}. */
    public enum Open implements Word {
        LOOPBACK,
        NO,
        YES
    }

    private CoordinationSettings() {}

    /**
     * @param server what this one is called among those that share the tree
     * @param host that it listens on
     * @param role what this server is at the moment, as the protocol calls it
     */
    public static CoordinationOptions options(
            Settings settings, Supplier<String> server, String host, Supplier<String> role) {
        int port = settings.get(COORDINATION_PORT);
        long bytes = settings.get(COORDINATION_TREE_BYTES);
        return new CoordinationOptions(
                server,
                address(host, port),
                isOpen(settings.get(COORDINATION_OPEN), host),
                Duration.ofMillis(settings.get(COORDINATION_TICK_MS)),
                Duration.ofMillis(settings.get(COORDINATION_LEAST_TIMEOUT_MS)),
                Duration.ofMillis(settings.get(COORDINATION_LONGEST_TIMEOUT_MS)),
                settings.get(COORDINATION_CONNECTIONS),
                Math.toIntExact(settings.get(COORDINATION_REQUEST_BYTES)),
                bytes == 0 ? Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP : bytes,
                Duration.ofMillis(settings.get(COORDINATION_CONTAINER_CHECK_MS)),
                role);
    }

    private static boolean isOpen(Open open, String host) {
        return switch (open) {
            case YES -> true;
            case NO -> false;
            case LOOPBACK ->
                new InetSocketAddress(host, 0).getAddress() instanceof InetAddress address
                        && address.isLoopbackAddress();
        };
    }

    private static @Nullable InetSocketAddress address(String host, int port) {
        return port == 0 ? null : new InetSocketAddress(host, port);
    }
}
