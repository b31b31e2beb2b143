package archipel.http;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which proxies are believed, and what they say of a request: who sent it, by which protocol and to which host. The
 * headers of everybody else count for nothing, since any client can send them.
 *
 * <p>Each proxy appends to {@code X-Forwarded-For} the address that it was called from. Read from the right, the client
 * is the first address that is no trusted proxy's; what stands to the left of it is only what that client says. Where a
 * request has both, {@code X-Forwarded} headers count and {@code Forwarded} (RFC 7239) does not: few proxies set the
 * latter, and the others pass on what the client sent.
 */
public final class TrustedProxies {
    /** Trusts nobody. */
    public static final TrustedProxies NONE = new TrustedProxies(_ -> false, Names.DEFAULT);

    private static final Pattern HOST =
            Pattern.compile("(?:[A-Za-z0-9._-]{1,255}|\\[[0-9A-Fa-f:.]{2,45}])(?::\\d{1,5})?");

    private final Predicate<InetAddress> trusted;
    private final Names names;

    public TrustedProxies(Predicate<InetAddress> trusted, Names names) {
        this.trusted = trusted;
        this.names = names;
    }

    /** Whether that address is one of a proxy that is believed. */
    boolean trusts(InetAddress address) {
        return trusted.test(address);
    }

    /** The headers that are read, as CouchDB's settings of the same names give them. */
    public record Names(String client, String host, String protocol, String ssl) {
        public static final Names DEFAULT =
                new Names("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Ssl");
    }

    /**
     * A request as its client sees it.
     *
     * @param client its address, without a port
     * @param secure whether it speaks https
     * @param host the host, with a port where it gave one; null where it gave none
     * @param proxied whether a trusted proxy passed the request on
     */
    public record Sender(
            String client, boolean secure, @Nullable String host, boolean proxied) {}

    /**
     * Who sent a request.
     *
     * @param peer the address of the connection's other end; null where it has none
     * @param secure whether the connection is encrypted
     * @param host the header {@code Host}
     * @param header gives a header by its name, several lines of it joined by commas
     */
    Sender sender(
            @Nullable InetAddress peer,
            boolean secure,
            @Nullable String host,
            Function<String, @Nullable String> header) {
        String address = peer == null ? "" : peer.getHostAddress();
        if (peer == null || !trusted.test(peer)) {
            return new Sender(address, secure, host, false);
        }
        Sender proxy = new Sender(address, secure, host, true);
        String clients = header.apply(names.client);
        String hosts = header.apply(names.host);
        String protocols = header.apply(names.protocol);
        String ssl = header.apply(names.ssl);
        if (clients != null || hosts != null || protocols != null || ssl != null) {
            return extended(proxy, split(clients, ','), split(hosts, ','), split(protocols, ','), ssl);
        }
        String forwarded = header.apply("Forwarded");
        return forwarded == null ? proxy : standard(proxy, split(forwarded, ','));
    }

    private Sender extended(
            Sender proxy, List<String> clients, List<String> hosts, List<String> protocols, @Nullable String ssl) {
        String client = proxy.client;
        int hops = 1;
        for (String said : clients.reversed()) {
            InetAddress address = address(said);
            if (address == null) {
                break;
            }
            client = address.getHostAddress();
            if (!trusted.test(address)) {
                break;
            }
            hops++;
        }
        boolean secure = isSecure(fromRight(protocols, hops), proxy.secure) || "on".equals(ssl);
        return new Sender(client, secure, valid(fromRight(hosts, hops), proxy.host), true);
    }

    private Sender standard(Sender proxy, List<String> elements) {
        Sender sender = proxy;
        for (String element : elements.reversed()) {
            InetAddress address = address(parameter(element, "for"));
            if (address == null) {
                break;
            }
            sender = new Sender(
                    address.getHostAddress(),
                    isSecure(parameter(element, "proto"), sender.secure),
                    valid(parameter(element, "host"), sender.host),
                    true);
            if (!trusted.test(address)) {
                break;
            }
        }
        return sender;
    }

    /** What the proxy that is so many hops away said; proxies that keep a header as it is do not lengthen the list. */
    private static String fromRight(List<String> values, int hops) {
        return values.isEmpty() ? "" : values.get(values.size() - Math.min(hops, values.size()));
    }

    private static boolean isSecure(String protocol, boolean otherwise) {
        return switch (protocol.toLowerCase(Locale.ROOT)) {
            case "https" -> true;
            case "http" -> false;
            default -> otherwise;
        };
    }

    private static @Nullable String valid(String host, @Nullable String otherwise) {
        return HOST.matcher(host).matches() ? host : otherwise;
    }

    /** Of one element of {@code Forwarded}; empty where it has no such parameter. */
    private static String parameter(String element, String name) {
        for (String pair : split(element, ';')) {
            int equals = pair.indexOf('=');
            if (equals > 0 && pair.substring(0, equals).strip().equalsIgnoreCase(name)) {
                return pair.substring(equals + 1).strip().replace("\"", "");
            }
        }
        return "";
    }

    /** At separators outside of quotes; without empty parts. */
    private static List<String> split(@Nullable String text, char separator) {
        List<String> parts = new ArrayList<>();
        int start = 0;
        boolean quoted = false;
        int length = text == null ? 0 : text.length();
        for (int i = 0; text != null && i <= length; i++) {
            if (i < length && text.charAt(i) == '"') {
                quoted = !quoted;
            }
            if (i == length || text.charAt(i) == separator && !quoted) {
                if (!text.substring(start, i).isBlank()) {
                    parts.add(text.substring(start, i).strip());
                }
                start = i + 1;
            }
        }
        return parts;
    }

    /** With or without a port; null for what is no address. Never asks a name server. */
    private static @Nullable InetAddress address(String text) {
        String literal = text;
        int colon = text.indexOf(':');
        if (text.startsWith("[")) {
            literal = text.substring(1, Math.max(1, text.indexOf(']')));
        } else if (colon > 0 && colon == text.lastIndexOf(':')) {
            literal = text.substring(0, colon);
        }
        try {
            return InetAddress.ofLiteral(literal);
        } catch (IllegalArgumentException unknown) {
            return null;
        }
    }
}
