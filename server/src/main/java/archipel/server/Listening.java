package archipel.server;

import archipel.auth.SessionCookie;
import archipel.connections.ConnectionSettings;
import archipel.http.HttpServer;
import archipel.http.HttpServices;
import archipel.http.HttpSettings;
import archipel.http.Router;
import archipel.settings.SettingException;
import archipel.settings.Settings;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where and how a node listens, and what it says where it cannot. */
final class Listening {
    private static final Logger LOG = LoggerFactory.getLogger(Listening.class);

    private Listening() {}

    /** Looks at what the settings want together. @throws SettingException where that is not to be had */
    static void check(Settings settings) {
        boolean certificate = settings.isSet(ConnectionSettings.TLS_CERT);
        boolean key = settings.isSet(ConnectionSettings.TLS_KEY);
        if (certificate != key) {
            throw new SettingException(
                    certificate
                            ? "tls_cert needs tls_key, the file with the certificate's private key."
                            : "tls_key needs tls_cert, the file with the certificate.");
        }
        if (isClearText(settings) && settings.get(ConnectionSettings.REQUIRE_TLS)) {
            throw new SettingException("require_tls is set, and " + settings.get(NodeSettings.HOST)
                    + " can be reached by other machines: give tls_cert and tls_key, or listen on 127.0.0.1.");
        }
    }

    /** As {@link #check}, with what was stored at run time; warns of what is allowed and should not be. */
    static void checkStored(Settings settings) {
        try {
            check(settings);
        } catch (SettingException stored) {
            throw new SettingException(stored.getMessage() + " The value may have been stored through _config: "
                    + "override it with a flag to start the node, then DELETE it in _config.");
        }
        if (isClearText(settings)) {
            LOG.warn(
                    "Plain HTTP on {}: passwords and documents cross the network in clear text. Give tls_cert and"
                            + " tls_key, or put a proxy that speaks TLS in front.",
                    settings.get(NodeSettings.HOST));
        }
    }

    private static boolean isClearText(Settings settings) {
        return !settings.isSet(ConnectionSettings.TLS_CERT) && !isLoopback(settings.get(NodeSettings.HOST));
    }

    /**
     * Listens.
     *
     * @throws AddressException where the address cannot be listened on
     * @throws SettingException where the certificate cannot be used
     */
    static HttpServer start(Settings settings, HttpServices services, Router router) {
        HttpServer http = listening(
                settings,
                (host, port) -> HttpServer.start(
                        host, port, services, router, services.node().health()));
        http.register(services.node().metrics());
        return http;
    }

    /** Finds out whether it could listen now, as {@link #start} does. */
    static void tryOut(Settings settings) {
        HttpSettings http = new LiveHttpSettings(settings, new SessionCookie(settings, InstantSource.system()), null);
        listening(settings, (host, port) -> {
            HttpServer.tryOut(host, port, http);
            return host;
        });
    }

    private static <T> T listening(Settings settings, Attempt<T> attempt) {
        String host = settings.get(NodeSettings.HOST);
        int port = settings.get(NodeSettings.PORT);
        try {
            return attempt.at(host, port);
        } catch (UncheckedIOException e) {
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            if (cause instanceof SocketException || cause instanceof UnresolvedAddressException) {
                throw explained(host, port, cause);
            }
            throw new SettingException(String.valueOf(cause.getMessage()), e);
        }
    }

    /** What listens, or tries to. */
    @FunctionalInterface
    private interface Attempt<T> {
        T at(String host, int port);
    }

    private static AddressException explained(String host, int port, Throwable failed) {
        String address = host + ":" + port;
        String why = String.valueOf(failed.getMessage());
        if (failed instanceof UnresolvedAddressException || why.startsWith("Unresolved address")) {
            return new AddressException(
                    "The host " + host + " is not known; give --host a name or an address of this machine.", failed);
        }
        String remedy;
        if (why.contains("in use")) {
            remedy = "another process listens there; stop that one or choose another port with --port (0 is any).";
        } else if (why.contains("ermission")) {
            remedy = "a port below 1024 needs rights that this process does not have; choose another with --port.";
        } else {
            remedy = "give --host an address of this machine.";
        }
        return new AddressException("cannot listen on " + address + " (" + why + "): " + remedy, failed);
    }

    /** As in a URL. */
    static String address(String host, int port) {
        return (host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host) + ":" + port;
    }

    /** Whether that stands for all addresses of the machine. */
    static boolean isAnyAddress(String host) {
        try {
            return InetAddress.getByName(host).isAnyLocalAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** Whether other machines cannot reach it. */
    static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
