package archipel.connections;

import static archipel.settings.SettingGroup.TRUTH;
import static archipel.settings.SettingGroup.couch;

import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.SettingGroup;
import archipel.settings.SettingType.FilePath;
import archipel.settings.SettingType.WholeNumber;
import java.nio.file.Path;

/** TLS, and what clients may take of connections. */
public final class ConnectionSettings {
    public static final SettingGroup GROUP = new SettingGroup("Connections");

    public static final Setting<Path> TLS_CERT = GROUP.node(
            "tls_cert",
            new FilePath(),
            "",
            Change.AT_START,
            "A PEM file with the TLS certificate, followed by its intermediate certificates; read again when it "
                    + "changes. Plain HTTP if empty.",
            couch("ssl", "cert_file"));
    public static final Setting<Path> TLS_KEY = GROUP.node(
            "tls_key",
            new FilePath(),
            "",
            Change.AT_START,
            "A PEM file with the certificate's private key (PKCS #8, unencrypted); read again when it changes.",
            couch("ssl", "key_file"));
    public static final Setting<Boolean> REQUIRE_TLS = GROUP.node(
            "require_tls",
            TRUTH,
            "false",
            Change.AT_START,
            "Refuse to start with plain HTTP on an address that other machines can reach; if false, the log warns "
                    + "instead.");
    public static final Setting<Integer> MAX_CONNECTIONS = GROUP.node(
            "max_connections",
            new WholeNumber(8, 1_000_000, "connections"),
            "16384",
            Change.AT_ONCE,
            "Maximum number of open connections; fewer if the process may not open that many files. Further "
                    + "connections are answered with 503 and closed.",
            couch("chttpd", "max_connections"));
    public static final Setting<Integer> MAX_CONNECTIONS_PER_ADDRESS = GROUP.node(
            "max_connections_per_address",
            new WholeNumber(1, 1_000_000, "connections"),
            "12288",
            Change.AT_ONCE,
            "Maximum number of connections from one client address (for IPv6, from one /64 network), never more than "
                    + "three quarters of all possible connections. Trusted proxies are exempt from that share.");
    public static final Setting<Integer> MAX_STREAMS = GROUP.node(
            "max_streams",
            new WholeNumber(1, 1_000_000, "requests"),
            "32768",
            Change.AT_ONCE,
            "Maximum number of open HTTP/2 requests on all connections together; fewer if the heap is small. Further "
                    + "requests are refused in a way that tells clients to retry.");
    public static final Setting<Integer> IDLE_TIMEOUT_MS = GROUP.node(
            "idle_timeout_ms",
            new WholeNumber(100, 86_400_000, "milliseconds"),
            "300000",
            Change.AT_START,
            "How long a connection may wait for its next request; shorter while few more connections are possible.");
    public static final Setting<Integer> HEAD_TIMEOUT_MS = GROUP.node(
            "head_timeout_ms",
            new WholeNumber(100, 3_600_000, "milliseconds"),
            "20000",
            Change.AT_ONCE,
            "How long a request line and its headers may take to arrive, and the TLS handshake before the first; a "
                    + "quarter of that while headers use much memory.");
    public static final Setting<Integer> TRANSFER_TIMEOUT_MS = GROUP.node(
            "transfer_timeout_ms",
            new WholeNumber(100, 3_600_000, "milliseconds"),
            "30000",
            Change.AT_START,
            "How long a request or response body may stall. Feeds may be silent for longer.");
    public static final Setting<Integer> MIN_TRANSFER_RATE = GROUP.node(
            "min_transfer_rate",
            new WholeNumber(0, 1 << 30, "bytes per second"),
            "128",
            Change.AT_ONCE,
            "The lowest rate at which a client may send a body or read a response, averaged over the time spent "
                    + "waiting for it.");
    public static final Setting<Integer> MAX_URI_LENGTH = GROUP.node(
            "max_uri_length",
            new WholeNumber(256, 1 << 20, "bytes"),
            "65536",
            Change.AT_START,
            "Maximum length of a request's path and query together.",
            couch("chttpd", "max_uri_length"));

    private ConnectionSettings() {}
}
