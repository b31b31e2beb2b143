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
            "A PEM file with the certificate that TLS is spoken with, and those that vouch for it; read again when it "
                    + "changes. Plain HTTP when empty.",
            couch("ssl", "cert_file"));
    public static final Setting<Path> TLS_KEY = GROUP.node(
            "tls_key",
            new FilePath(),
            "",
            Change.AT_START,
            "A PEM file with the certificate's private key (PKCS #8, not encrypted); read again when it changes.",
            couch("ssl", "key_file"));
    public static final Setting<Boolean> REQUIRE_TLS = GROUP.node(
            "require_tls",
            TRUTH,
            "false",
            Change.AT_START,
            "Do not start with plain HTTP on an address that other machines can reach; without it the log warns.");
    public static final Setting<Integer> MAX_CONNECTIONS = GROUP.node(
            "max_connections",
            new WholeNumber(8, 1_000_000, "connections"),
            "16384",
            Change.AT_ONCE,
            "How many connections may be open; fewer where the process may not open so many files. More are answered "
                    + "with 503 and closed.",
            couch("chttpd", "max_connections"));
    public static final Setting<Integer> MAX_CONNECTIONS_PER_ADDRESS = GROUP.node(
            "max_connections_per_address",
            new WholeNumber(1, 1_000_000, "connections"),
            "12288",
            Change.AT_ONCE,
            "How many of them one client may have, by its address (of IPv6, its /64 network); never more than three "
                    + "quarters of those that are possible, unless it is a trusted proxy.");
    public static final Setting<Integer> MAX_STREAMS = GROUP.node(
            "max_streams",
            new WholeNumber(1, 1_000_000, "requests"),
            "32768",
            Change.AT_ONCE,
            "How many requests may be open over HTTP/2, all connections together; fewer where the heap is small. "
                    + "Further ones are refused so that a client may send them again.");
    public static final Setting<Integer> IDLE_TIMEOUT_MS = GROUP.node(
            "idle_timeout_ms",
            new WholeNumber(100, 86_400_000, "milliseconds"),
            "300000",
            Change.AT_START,
            "How long a connection may wait for its next request; shorter while few more are possible.");
    public static final Setting<Integer> HEAD_TIMEOUT_MS = GROUP.node(
            "head_timeout_ms",
            new WholeNumber(100, 3_600_000, "milliseconds"),
            "20000",
            Change.AT_ONCE,
            "How long the line and the headers of a request may take to come, and the TLS handshake before the first; "
                    + "a quarter of that while they take much memory.");
    public static final Setting<Integer> TRANSFER_TIMEOUT_MS = GROUP.node(
            "transfer_timeout_ms",
            new WholeNumber(100, 3_600_000, "milliseconds"),
            "30000",
            Change.AT_START,
            "How long a request or response body may stall. Feeds may be silent longer.");
    public static final Setting<Integer> MIN_TRANSFER_RATE = GROUP.node(
            "min_transfer_rate",
            new WholeNumber(0, 1 << 30, "bytes per second"),
            "128",
            Change.AT_ONCE,
            "How fast a client has to send a body and take an answer, on average over the time it was waited for.");
    public static final Setting<Integer> MAX_URI_LENGTH = GROUP.node(
            "max_uri_length",
            new WholeNumber(256, 1 << 20, "bytes"),
            "65536",
            Change.AT_START,
            "How long the path and query of a request may be together.",
            couch("chttpd", "max_uri_length"));

    private ConnectionSettings() {}
}
