package archipel.origins;

import static archipel.settings.SettingGroup.couch;
import static archipel.settings.SettingGroup.text;

import archipel.auth.AccountSettings;
import archipel.auth.AuthenticationHandler;
import archipel.settings.Network;
import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.SettingGroup;
import archipel.settings.SettingRule;
import archipel.settings.SettingType.Networks;
import archipel.settings.Settings;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
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
    public static final SettingGroup GROUP = new SettingGroup("Reverse proxies");

    private static final String HEADER = "[A-Za-z0-9-]+";

    public static final Setting<List<Network>> TRUSTED_PROXIES = GROUP.node(
            "trusted_proxies",
            new Networks(),
            "127.0.0.0/8, ::1",
            Change.AT_ONCE,
            "Proxies whose X-Forwarded-* or Forwarded headers are trusted; from any other address these headers are "
                    + "ignored.");
    public static final Setting<String> PEER_HEADER = GROUP.node(
            "peer_header",
            text(HEADER, "a header's name"),
            "X-Forwarded-For",
            Change.AT_ONCE,
            "The header in which trusted proxies send the client's address.",
            couch("chttpd", "peer_header"));
    public static final Setting<String> X_FORWARDED_HOST = GROUP.node(
            "x_forwarded_host",
            text(HEADER, "a header's name"),
            "X-Forwarded-Host",
            Change.AT_ONCE,
            "The header in which trusted proxies send the host that the client requested.",
            couch("chttpd", "x_forwarded_host"),
            couch("httpd", "x_forwarded_host"));
    public static final Setting<String> X_FORWARDED_PROTO = GROUP.node(
            "x_forwarded_proto",
            text(HEADER, "a header's name"),
            "X-Forwarded-Proto",
            Change.AT_ONCE,
            "The header in which trusted proxies send the client's protocol: http or https.",
            couch("chttpd", "x_forwarded_proto"),
            couch("httpd", "x_forwarded_proto"));
    public static final Setting<String> X_FORWARDED_SSL = GROUP.node(
            "x_forwarded_ssl",
            text(HEADER, "a header's name"),
            "X-Forwarded-Ssl",
            Change.AT_ONCE,
            "The header that trusted proxies set to on when the client uses https.",
            couch("chttpd", "x_forwarded_ssl"),
            couch("httpd", "x_forwarded_ssl"));

    private static final String BELIEVED = "Whoever sends requests from an address in trusted_proxies is taken "
            + "for the user and the roles that the headers name, server admins included: authentication_handlers has "
            + "proxy, and proxy_use_secret is false. Set it to true, or see that the proxy drops these headers where "
            + "clients send them.";

    static {
        GROUP.rule(new SettingRule(
                Set.of(AccountSettings.AUTHENTICATION_HANDLERS, AccountSettings.PROXY_USE_SECRET),
                TrustedProxies::nameUsersUnproved,
                null,
                BELIEVED,
                BELIEVED));
    }

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

    /** As it is set. */
    public static TrustedProxies of(Settings settings) {
        List<Network> networks = settings.get(TRUSTED_PROXIES);
        return new TrustedProxies(
                address -> isIn(networks, address),
                new Names(
                        settings.get(PEER_HEADER),
                        settings.get(X_FORWARDED_HOST),
                        settings.get(X_FORWARDED_PROTO),
                        settings.get(X_FORWARDED_SSL)));
    }

    // Asked for each request: a stream would cost more than all the rest of it.
    private static boolean isIn(List<Network> networks, InetAddress address) {
        for (Network network : networks) {
            if (network.contains(address)) {
                return true;
            }
        }
        return false;
    }

    private static boolean nameUsersUnproved(Settings settings) {
        return settings.get(AccountSettings.AUTHENTICATION_HANDLERS).contains(AuthenticationHandler.PROXY)
                && !settings.get(AccountSettings.PROXY_USE_SECRET)
                && !settings.get(TRUSTED_PROXIES).isEmpty();
    }

    /** Whether that address is one of a proxy that is believed. */
    public boolean trusts(InetAddress address) {
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
    public Sender sender(
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
