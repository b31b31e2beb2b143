package archipel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.shell.ExitStatus;
import archipel.shell.NodeArguments;
import archipel.shell.NodeOption;
import archipel.shell.NodeVerb;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParseResult;

final class NodeArgumentsTest {
    private static NodeArguments parsed(String... arguments) {
        return Objects.requireNonNull(
                NodeArguments.parse(Objects.requireNonNull(NodeVerb.named(arguments[0])), arguments));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "set color red",
                "set color red --replace",
                "set --db=islands color --json red --url http://a:1",
                "set --text color -",
                "set color -- -x",
                "set -- --json red",
                "get color --admin ada --admin-password-file here --tls-cert there",
                "keys",
                "keys a --json",
                "rm color --db islands",
                "watch --since 0 --exact",
                "watch a --since=7-ab",
                "peers --json --url http://a:1",
                "invite --address http://a:1",
                "add-peer http://ada:b@a:1 --admin ada",
                "add-peer -",
                "remove-peer http://a:1"
            })
    void parse_plain_isWhatPicocliReads(String line) {
        String[] arguments = line.split(" ");
        NodeArguments plain = parsed(arguments);
        ParseResult result = CommandTree.of(
                        arguments, Map.of(), new java.io.PrintWriter(System.out), new java.io.PrintWriter(System.err))
                .parseArgs(arguments)
                .subcommand();
        for (NodeOption option : NodeOption.values()) {
            Object value = plain.verb().takes(option) ? result.matchedOptionValue(option.flag(), null) : null;
            assertEquals(
                    value == null ? null : value.toString(), plain.options().get(option), option.flag());
        }
        for (int i = 0; i < plain.verb().words().size(); i++) {
            assertEquals(
                    i < plain.words().size() ? plain.words().get(i) : null, result.matchedPositionalValue(i, null));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "set",
                "set color",
                "set color red blue",
                "set color red --help",
                "get color -h",
                "get color --replace",
                "get color --raw",
                "get color --db",
                "get color --db=",
                "get color --json=yes",
                "get color --json --json",
                "keys a b",
                "watch --since",
                "peers a",
                "peers --db kv",
                "invite --address",
                "add-peer",
                "remove-peer a b"
            })
    void parse_notPlain_isLeftToPicocli(String line) {
        String[] arguments = line.split(" ");
        assertNull(NodeArguments.parse(Objects.requireNonNull(NodeVerb.named(arguments[0])), arguments));
    }

    @Test
    void parse_wordsThatLookLikeOptions_areTakenAsTheyAre() {
        assertEquals(
                List.of("offset", "-5.5e1"), parsed("set", "offset", "-5.5e1").words());
        assertEquals(List.of("mail", "@home"), parsed("set", "mail", "@home").words());
        assertEquals(List.of("empty", ""), parsed("set", "empty", "").words());
        assertNull(NodeArguments.parse(NodeVerb.GET, "get", ""));
    }

    @Test
    void commands_mistakes_areUsageErrors() {
        for (String line :
                new String[] {"set", "set color", "get", "rm", "get a b", "set a b --relpace", "watch --sicne"}) {
            Run run = Run.of(line.split(" "));
            assertEquals(ExitStatus.USAGE.code(), run.status(), line);
            assertTrue(run.err().contains("--help\" says what can be given"), run.err());
        }
        assertTrue(Run.of("set", "color").err().contains("VALUE is missing"));
        for (String[] line : new String[][] {{"get", ""}, {"set", "", "x"}}) {
            assertTrue(Run.of(line).err().contains("KEY is empty"), Run.of(line).err());
        }
        Run more = Run.of("set", "a", "b", "c", "d");
        assertTrue(more.err().startsWith("archipel: 'c' is one argument too many\n"), more.err());
    }

    @Test
    void help_ofEachCommand_saysWhatItTakesAndEndsWith() {
        for (NodeVerb verb : NodeVerb.values()) {
            String help = Run.of((verb.word() + " --help").split(" ")).out();
            for (NodeOption option : NodeOption.values()) {
                assertEquals(verb.takes(option), help.contains("  " + option.flag()), help);
            }
            String last = verb.words().isEmpty() ? "" : verb.words().getLast().label();
            assertEquals(verb.required() < verb.words().size(), help.contains(" [" + last + "]"), help);
        }
        assertTrue(
                Run.of("get", "--help").out().contains("\n  7 "),
                Run.of("get", "--help").out());
        String set = Run.of("set", "--help").out();
        assertTrue(set.contains("\n  8 "), set);
        assertTrue(set.contains(" KEY VALUE\n"), set);
        assertTrue(Run.of("add-peer", "--help").out().contains(" URL\n"));
    }
}
