package archipel.coordination;

import static archipel.settings.SettingGroup.TRUTH;
import static archipel.settings.SettingGroup.words;

import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.SettingException;
import archipel.settings.SettingGroup;
import archipel.settings.SettingType.ByteSize;
import archipel.settings.SettingType.FilePath;
import archipel.settings.SettingType.TextList;
import archipel.settings.SettingType.WholeNumber;
import archipel.settings.Settings;
import archipel.settings.Word;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
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
                    + "Otherwise they log in by the scheme digest, with the name and password of an account, or by a "
                    + "certificate (x509).");
    public static final Setting<Boolean> COORDINATION_TLS = GROUP.node(
            "coordination_tls",
            TRUTH,
            "true",
            Change.AT_START,
            "Whether clients of ZooKeeper speak TLS where the node has a certificate (tls_cert).");
    public static final Setting<Path> COORDINATION_CLIENT_CA = GROUP.node(
            "coordination_client_ca",
            new FilePath(),
            "",
            Change.AT_START,
            "A PEM file with the certificates that sign those of ZooKeeper's clients; read again when it changes. The "
                    + "common name of a client's certificate is its account. Clients are asked for none if empty.");
    public static final Setting<Boolean> COORDINATION_REQUIRE_CERTIFICATE = GROUP.node(
            "coordination_require_certificate",
            TRUTH,
            "false",
            Change.AT_START,
            "Whether every client of ZooKeeper has to show a certificate (coordination_client_ca).");
    public static final Setting<List<String>> COORDINATION_COMMANDS = GROUP.node(
            "coordination_commands",
            new TextList(),
            "srvr, ruok, isro, mntr",
            Change.AT_START,
            "ZooKeeper's four-letter words that are answered, to anybody: conf, cons, crst, dirs, "
                    + "dump, envi, isro, mntr, ruok, srst, srvr, stat, wchc, wchp, wchs, or * for all. The "
                    + "default ones name no client.");
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
            "How many connections of ZooKeeper's clients one address may have (for IPv6, one /64 "
                    + "network), and four times as many sessions; never more than three quarters of all; 0 for "
                    + "that.");
    public static final Setting<Integer> COORDINATION_MAX_CONNECTIONS = GROUP.node(
            "coordination_max_connections",
            new WholeNumber(1, 1_000_000, "connections"),
            "16384",
            Change.AT_START,
            "How many connections of ZooKeeper's clients there may be; fewer if the heap is small, or "
                    + "the process may not open that many files.");
    public static final Setting<Integer> COORDINATION_WATCHES = GROUP.node(
            "coordination_watches",
            new WholeNumber(0, 100_000_000, "watches"),
            "100000",
            Change.AT_START,
            "How many watches one connection of a client of ZooKeeper may have; fewer if all together "
                    + "use an eighth of the heap.");
    public static final Setting<Long> COORDINATION_REQUEST_BYTES = GROUP.node(
            "coordination_request_bytes",
            new ByteSize(64 << 10, 64 << 20),
            "1MiB",
            Change.AT_START,
            "How long a request of a client of ZooKeeper may be; jute.maxbuffer of ZooKeeper. A longer one is answered "
                    + "with an error.");
    public static final Setting<Long> COORDINATION_TREE_BYTES = GROUP.node(
            "coordination_tree_bytes",
            new ByteSize(0, 1L << 40),
            "0",
            Change.AT_START,
            "How large the tree may become, with 256 bytes for each node and 4 KiB for each access list besides paths "
                    + "and data: it is in memory. 0 for an eighth of the heap.");
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
     * @param tls an engine for each connection; null where no TLS is spoken
     * @throws SettingException for a word that there is not
     */
    public static CoordinationOptions options(
            Settings settings,
            Supplier<String> server,
            String host,
            Supplier<String> role,
            @Nullable Supplier<SSLEngine> tls) {
        for (String word : settings.get(COORDINATION_COMMANDS)) {
            if (!FourLetterWords.isKnown(word)) {
                throw new SettingException("coordination_commands has a word that there is not: " + word + ".");
            }
        }
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
                role,
                new ConnectionOptions(
                        tls,
                        settings.get(COORDINATION_COMMANDS),
                        settings.get(COORDINATION_MAX_CONNECTIONS),
                        settings.get(COORDINATION_WATCHES)));
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
