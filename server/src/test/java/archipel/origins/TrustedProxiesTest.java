package archipel.origins;

import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.origins.TrustedProxies.Sender;
import java.net.InetAddress;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TrustedProxiesTest {
    private static final String PROXY = "10.0.0.1";

    private final TrustedProxies proxies = new TrustedProxies(
            address -> Set.of(InetAddress.ofLiteral(PROXY), InetAddress.ofLiteral("10.0.0.2"))
                    .contains(address),
            TrustedProxies.Names.DEFAULT);

    @Test
    void sender_fromAStranger_isWhoConnects() {
        Sender sender = sender(
                "192.0.2.7",
                Map.of("X-Forwarded-For", "192.0.2.1", "X-Forwarded-Host", "evil.example", "Forwarded", "for=1.2.3.4"));
        assertEquals(new Sender("192.0.2.7", false, "here:5984", false), sender);
    }

    @Test
    void sender_fromATrustedProxy_isWhatItSays() {
        Sender sender = sender(
                PROXY,
                Map.of(
                        "X-Forwarded-For",
                        "192.0.2.1",
                        "X-Forwarded-Host",
                        "db.example",
                        "X-Forwarded-Proto",
                        "https",
                        "Forwarded",
                        "for=198.51.100.9;host=other.example"));
        assertEquals(new Sender("192.0.2.1", true, "db.example", true), sender);
        assertEquals(true, sender(PROXY, Map.of("X-Forwarded-Ssl", "on")).secure());
        assertEquals(new Sender(PROXY, false, "here:5984", true), sender(PROXY, Map.of()));
    }

    @Test
    void sender_clientAddsAddressesOfItsOwn_countsWhatProxiesAdded() {
        assertEquals("192.0.2.1", client("1.1.1.1, 192.0.2.1"));
        assertEquals("192.0.2.1", client("1.1.1.1, 192.0.2.1, 10.0.0.2"));
        assertEquals("192.0.2.1", client("10.0.0.2, 192.0.2.1:4711"));
        assertEquals("10.0.0.2", client("1.1.1.1, unknown, 10.0.0.2"));
        assertEquals(PROXY, client("localhost"));
        assertEquals("2001:db8:0:0:0:0:0:1", client("[2001:db8::1]:80"));
        assertEquals("2001:db8:0:0:0:0:0:1", client("2001:db8::1"));
    }

    @Test
    void sender_twoProxies_takesTheHostThatTheOuterOneSaw() {
        Sender sender = sender(
                PROXY,
                Map.of(
                        "X-Forwarded-For",
                        "192.0.2.1, 10.0.0.2",
                        "X-Forwarded-Host",
                        "made.up, public.example, inner.example",
                        "X-Forwarded-Proto",
                        "https, http"));
        assertEquals(new Sender("192.0.2.1", true, "public.example", true), sender);
    }

    @Test
    void sender_hostThatIsNone_keepsTheRequests() {
        for (String host : new String[] {"a b", "a/b", "user@evil.example", "x\r\ny", "[::1", "h:123456"}) {
            assertEquals(
                    "here:5984", sender(PROXY, Map.of("X-Forwarded-Host", host)).host(), host);
        }
        assertEquals(
                "[::1]:80",
                sender(PROXY, Map.of("X-Forwarded-Host", "[::1]:80")).host());
    }

    @Test
    void sender_standardHeader_isRead() {
        Sender sender = sender(
                PROXY,
                Map.of(
                        "Forwarded",
                        "for=1.1.1.1;host=made.up, For=\"[2001:db8::1]:4711\";Proto=https;host=\"db.example:8443\", "
                                + "for=10.0.0.2;proto=http"));
        assertEquals(new Sender("2001:db8:0:0:0:0:0:1", true, "db.example:8443", true), sender);
        assertEquals(PROXY, sender(PROXY, Map.of("Forwarded", "for=_hidden")).client());
    }

    private String client(String forwardedFor) {
        return sender(PROXY, Map.of("X-Forwarded-For", forwardedFor)).client();
    }

    private Sender sender(String peer, Map<String, String> headers) {
        return proxies.sender(InetAddress.ofLiteral(peer), false, "here:5984", headers::get);
    }
}
