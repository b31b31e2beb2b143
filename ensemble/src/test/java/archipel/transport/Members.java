package archipel.transport;

import archipel.changes.Threads;
import archipel.identity.NodeIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/** Members of one ensemble on loopback, for tests. */
public final class Members implements AutoCloseable {
    public static final MemberSecret SECRET = MemberSecret.ofBytes(new byte[MemberSecret.BYTES]);
    public static final String ENSEMBLE = "test";

    private final Map<String, InetSocketAddress> addresses = new ConcurrentHashMap<>();
    private final List<Transport> open = new ArrayList<>();
    private final Threads threads;

    public Members() {
        this(Threads.PLATFORM);
    }

    public Members(Threads threads) {
        this.threads = threads;
    }

    /** Where members are; may be changed at any time. */
    public Map<String, InetSocketAddress> addresses() {
        return addresses;
    }

    /** A member that is bound and has an address, and is not started. */
    public Transport add(String name, UnaryOperator<TransportOptions> change) throws IOException {
        return add(name, change, NodeIdentity.make(), SECRET);
    }

    public Transport add(
            String name, UnaryOperator<TransportOptions> change, NodeIdentity identity, MemberSecret secret)
            throws IOException {
        TransportOptions options = change.apply(
                TransportOptions.of(name, ENSEMBLE, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
        Transport transport = Transport.open(options, identity, secret, addresses::get, threads);
        open.add(transport);
        addresses.put(name, loopback(transport.port()));
        return transport;
    }

    public Transport add(String name) throws IOException {
        return add(name, options -> options);
    }

    /** A member that answers each request with the same bytes, and is started. */
    public Transport echo(String name) throws IOException {
        return echoing(add(name));
    }

    public Transport echo(String name, UnaryOperator<TransportOptions> change) throws IOException {
        return echoing(add(name, change));
    }

    /** Has a member answer each request with the same bytes, and starts it. */
    public static Transport echoing(Transport transport) {
        for (Service service : Service.values()) {
            transport.serve(service, (member, asked, request, exchange) -> exchange.answer(request));
        }
        transport.start();
        return transport;
    }

    public static InetSocketAddress loopback(int port) {
        return InetSocketAddress.createUnresolved("127.0.0.1", port);
    }

    @Override
    public void close() {
        open.forEach(Transport::close);
    }
}
