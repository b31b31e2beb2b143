package archipel.shell;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.settings.SettingException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GivenValueTest {
    private static String read(String argument, String in, boolean text) {
        return new String(GivenValue.read(argument, new ByteArrayInputStream(in.getBytes(UTF_8)), text), UTF_8);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '\'',
            value = {
                "red, \"red\"",
                "5, 5",
                "1.0, 1.0",
                "-5, -5",
                "01, \"01\"",
                "'{\"b\": 1, \"a\": [ ] }', '{\"b\":1,\"a\":[]}'",
                "'{\"b\": 1', '\"{\\\"b\\\": 1\"'",
                "true, true",
                "'\"-\"', \"-\"",
                "'', \"\"",
                "'\"\\ud800\"', '\"\\\"\\\\ud800\\\"\"'",
                "NaN, \"NaN\""
            })
    void read_argument_isJsonIfItParses(String argument, String value) {
        assertEquals(value, read(argument, "unused", false));
    }

    @Test
    void read_asText_isText() {
        assertEquals("\"5\"", read("5", "", true));
        assertEquals("\"{}\"", read("-", "{}\n", true));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '\'',
            value = {
                "'red\n', \"red\"",
                "'red\r\n', \"red\"",
                "'red\n\n', '\"red\\n\"'",
                "'[1,\n2]\n', '[1,2]'",
                "'', \"\"",
                "é, \"é\""
            })
    void read_standardInput_losesOneLineFeedOfText(String in, String value) {
        assertEquals(value, read("-", in, false));
    }

    @Test
    void read_noText_saysWhatToDo() {
        for (byte[] bytes : new byte[][] {{(byte) 0xff}, {'"', (byte) 0xc3, '"'}}) {
            InputStream in = new ByteArrayInputStream(bytes);
            SettingException refused = assertThrows(SettingException.class, () -> GivenValue.read("-", in, false));
            assertTrue(String.valueOf(refused.getMessage()).contains("base64"), refused.getMessage());
        }
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 'a';
            }

            @Override
            public int read(byte[] bytes, int from, int length) {
                return length;
            }
        };
        SettingException refused = assertThrows(SettingException.class, () -> GivenValue.read("-", endless, false));
        assertTrue(String.valueOf(refused.getMessage()).contains("larger than 64 MiB"), refused.getMessage());
    }
}
