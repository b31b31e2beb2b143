package archipel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.util.Arrays;
import java.util.Map;
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
        command.addFlags();
        CommandLine picocli = new CommandLine(command.spec());
        picocli.parseArgs(Arrays.copyOfRange(arguments, 1, arguments.length));

        assertEquals(command.flags().given(), QuickStart.flags(arguments));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
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

    @ParameterizedTest
    @ValueSource(strings = {"", "--help", "version --help", "settings --toml", "settings --prot 1", "check here"})
    void run_notPlain_isLeftToPicocli(String line) {
        String[] arguments = line.isEmpty() ? new String[0] : line.split(" ");
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());

        assertNull(QuickStart.run(arguments, Map.of(), nowhere, nowhere));
    }

    @ParameterizedTest
    @ValueSource(strings = {"version", "settings", "settings --port 5985 --gzip"})
    void run_plain_printsWhatPicocliPrints(String line) {
        String[] arguments = line.split(" ");
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = CommandTree.of(arguments, Map.of(), new PrintWriter(out, true), new PrintWriter(err, true))
                .execute(arguments);

        Run quick = Run.of(arguments);

        assertEquals(new Run(status, out.toString(), err.toString()), quick);
        assertFalse(quick.out().isEmpty());
    }
}
