package archipel.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.settings.SettingException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PeerUrlTest {
    private static final String INVITATION = "#" + "0a".repeat(16) + "." + "1b".repeat(20);

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "INVITED", "/INVITED"})
    void parse_aNode_isSentAsItIsAndShownWithoutSecrets(String end) {
        String tail = end.replace("INVITED", INVITATION);
        for (String address :
                new String[] {"http://10.0.0.2:5984", "https://[::1]:6984", "http://ada:s%40@example.org"}) {
            PeerUrl url = PeerUrl.parse(address + tail);
            assertEquals(address + tail, url.text());
            assertEquals(address.replace("ada:s%40@", "") + "/", url.shown());
            assertEquals(url.shown(), url.toString());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.2:5984, is invalid",
        "ftp://10.0.0.2, is invalid",
        "http://, is invalid",
        "http://ada:open@sesame@10.0.0.2, is invalid",
        "http://10.0.0.2/islands, has a path",
        "http://ada:sesame@10.0.0.2/islands/, has a path",
        "http://ada@10.0.0.2, a name without a password",
        "http://:sesame@10.0.0.2, a password without a name",
        "http://10.0.0.2/#0a0a.sesame, is not whole",
        "http://10.0.0.2/#, is not whole"
    })
    void parse_somethingElse_saysWhatIsWrongAndNothingOfIt(String text, String said) {
        SettingException refused = assertThrows(SettingException.class, () -> PeerUrl.parse(text));
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains(said), message);
        assertFalse(message.contains("sesame"), message);
    }

    @Test
    void withoutSecrets_ofAnInvitation_isWhereItLeads() {
        assertEquals("'http://a/#...' is", PeerUrl.withoutSecrets("'http://a/" + INVITATION + "' is"));
        assertEquals("a #1", PeerUrl.withoutSecrets("a #1"));
    }
}
