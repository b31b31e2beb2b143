package archipel.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkTest {
    @ParameterizedTest
    @CsvSource({
        "::1, ::1",
        "0:0:0:0:0:0:0:0, ::",
        "2001:db8:0:0:1:0:0:0, 2001:db8:0:0:1::",
        "fe80::10:0:0:20, fe80::10:0:0:20",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "fd00::/8, fd00::/8",
        "10.0.0.0/8, 10.0.0.0/8",
        "127.0.0.1, 127.0.0.1"
    })
    void toString_anyNetwork_isShortAndReadAgain(String given, String shown) {
        Network network = Network.parse(given);
        assertEquals(shown, network.toString());
        assertEquals(network, Network.parse(shown));
    }
}
