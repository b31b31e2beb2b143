package archipel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

final class QuickStartTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "serve",
                "serve --port 5985 --data here",
                "serve --port=5985 --gzip",
                "serve --gzip --port 1",
                "serve --gzip false --enable-cors=true",
                "serve --cors-origins=https://a.example,https://b.example --cookie-domain="
            })
    void flags_plain_areThosePicocliReads(String line) {
        String[] arguments = line.split(" ");
        ServeCommand command = new ServeCommand(Map.of());
        CommandLine picocli = new CommandLine(command.spec());
        picocli.parseArgs(Arrays.copyOfRange(arguments, 1, arguments.length));

        assertEquals(command.flags().given(), QuickStart.flags(arguments));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "settings --port 1",
                "serve --help",
                "serve -h",
                "serve --prot 1",
                "serve --port",
                "serve --port --gzip",
                "serve --port 1 --port 2",
                "serve here",
                "serve @file"
            })
    void flags_notPlain_areLeftToPicocli(String line) {
        assertNull(QuickStart.flags(line.split(" ")));
    }

    @Test
    void flags_noArguments_areLeftToPicocli() {
        assertNull(QuickStart.flags());
    }
}
