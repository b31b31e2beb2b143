package archipel.calls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AddressTest {
    @Test
    void parse_severalWithOneLogin_allHaveIt() {
        List<Address> addresses = Address.parse("http://ann:s%40cret+1@a:5984/, https://[::1]:6984/couch/,http://b");
        assertEquals(
                List.of("http://a:5984", "https://[::1]:6984/couch", "http://b"),
                addresses.stream().map(Address::base).toList());
        addresses.forEach(address -> assertEquals(new Login("ann", "s@cret+1"), address.login()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " , ", "ftp://ann:secret@a", "a:5984", "http://ann:secret@a b", "http://a?x=1"})
    void parse_noUrlOfANode_isRefusedWithoutThePassword(String text) {
        String message = assertThrows(IllegalArgumentException.class, () -> Address.parse(text))
                .getMessage();
        assertFalse(message.contains("secret"), message);
    }
}
