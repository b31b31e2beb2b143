package archipel.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnnouncedTest {
    private static final String ID = "5d1ced31612d46c5817f86f79ca360b1";

    private static InetAddress address(String text) {
        return InetAddress.ofLiteral(text);
    }

    @Test
    void of_whatANodeSaysOfItself_isTaken() {
        for (String host : List.of("10.0.0.7", "127.0.0.1", "2001:db8::7")) {
            String url = Announced.url(address(host), 5984);
            assertEquals(new Announced(ID, url), Announced.of(ID, url, address(host)));
        }
    }

    /** Whoever announces a third host would have all nodes of the network connect to it. */
    @Test
    void of_anotherHostThanTheSender_isNone() {
        assertNull(Announced.of(ID, "http://10.0.0.8:5984/", address("10.0.0.7")));
        assertNull(Announced.of(ID, "http://127.0.0.1:5984/", address("10.0.0.7")));
        assertNull(Announced.of(ID, "http://169.254.169.254:80/", address("10.0.0.7")));
    }

    @Test
    void of_whatIsNoNode_isNone() {
        InetAddress sender = address("10.0.0.7");
        for (String url : List.of(
                "",
                "10.0.0.7",
                "http://10.0.0.7/",
                "http://10.0.0.7:5984/path",
                "http://u:p@10.0.0.7:5984/",
                "https://10.0.0.7:5984/",
                "http://name.example:5984/",
                "http://10.0.0.7:5984/#" + "x".repeat(100),
                "http://[10.0.0.7]:5984/",
                "\u0000")) {
            assertNull(Announced.of(ID, url, sender), url);
        }
        assertNull(Announced.of(null, "http://10.0.0.7:5984/", sender));
        assertNull(Announced.of(ID.toUpperCase(java.util.Locale.ROOT), "http://10.0.0.7:5984/", sender));
        assertNull(Announced.of(ID, "http://10.0.0.7:5984/", null));
    }

    @Test
    void isWithin_prefix_decides() {
        byte[] network = address("10.1.2.3").getAddress();
        assertTrue(MulticastDns.isWithin(address("10.1.2.200").getAddress(), network, 24));
        assertFalse(MulticastDns.isWithin(address("10.1.3.3").getAddress(), network, 24));
        assertTrue(MulticastDns.isWithin(address("10.1.3.3").getAddress(), network, 23));
        assertFalse(MulticastDns.isWithin(address("2001:db8::7").getAddress(), network, 0));
    }
}
