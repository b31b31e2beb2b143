package archipel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.server.NodeSettings;
import archipel.settings.Setting;
import archipel.settings.SettingsDocument;
import archipel.shell.ExitStatus;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CommandTreeTest {
    private static final String[] COMMANDS = {
        "serve",
        "settings",
        "version",
        "set",
        "get",
        "keys",
        "rm",
        "watch",
        "peers",
        "invite",
        "add-peer",
        "pause-peer",
        "resume-peer",
        "remove-peer",
        "ensemble",
        "recover",
        "check",
        "verify",
        "backup",
        "backups",
        "restore"
    };

    @Test
    void root_withoutACommand_showsWhatThereIs() {
        Run run = Run.of();

        assertEquals(ExitStatus.USAGE.code(), run.status());
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        Set<String> commands = CommandTree.of(new String[0], Map.of(), nowhere, nowhere)
                .getSubcommands()
                .keySet();
        assertEquals(Set.of(COMMANDS), commands);
        for (String command : commands) {
            assertTrue(run.err().contains("\n  " + command + " "), run.err());
        }
        assertTrue(run.err().lines().allMatch(line -> line.length() <= 120), run.err());
        assertTrue(run.err().indexOf("Nodes that replicate") < run.err().indexOf("\n  peers "), run.err());
    }

    @Test
    void help_asACommand_isTheFlag() {
        assertEquals(Run.of("--help"), Run.of("help"));
        assertEquals(ExitStatus.DONE.code(), Run.of("help").status());
        for (String command : COMMANDS) {
            Run run = Run.of("help", command);
            assertEquals(Run.of(command, "--help"), run);
            assertTrue(run.out().startsWith("Usage: archipel " + command), run.out());
        }
        assertEquals(ExitStatus.USAGE.code(), Run.of("help", "sevre").status());
    }

    @Test
    void help_ofServe_hasEveryFlagWithItsDefault() {
        Run run = Run.of("serve", "--help");

        assertEquals(ExitStatus.DONE.code(), run.status());
        for (Setting<?> setting : NodeSettings.ALL.all()) {
            if (setting.flag() != null) {
                assertTrue(run.out().contains(setting.flag()), setting.flag());
            }
        }
        assertTrue(run.out().contains("Default: 5984."), run.out());
    }

    @Test
    void command_misspelt_namesTheNearest() {
        Run run = Run.of("sevre");

        assertEquals(ExitStatus.USAGE.code(), run.status());
        assertTrue(run.err().startsWith("archipel: 'sevre' is no command\n"), run.err());
        assertTrue(run.err().contains("serve"), run.err());
    }

    @Test
    void flag_misspelt_namesTheNearestThatTheCommandHas() {
        assertTrue(Run.of("settings", "--prot", "1").err().contains("Perhaps --port is meant."));
        Run run = Run.of("check", "--prot", "1");
        assertEquals(ExitStatus.USAGE.code(), run.status());
        assertFalse(run.err().contains("--port"), run.err());
    }

    @Test
    void flag_dataOfACommandThatTakesDirectories_isToldHowToNameThem() {
        for (String command : new String[] {"check", "verify", "backup", "restore"}) {
            Run run = Run.of(command, "--data", "somewhere");
            assertEquals(ExitStatus.USAGE.code(), run.status());
            assertTrue(run.err().contains("without a flag: archipel " + command + " "), run.err());
            assertTrue(run.err().contains("DIRECTORY"), run.err());
            assertFalse(run.err().contains("Perhaps"), run.err());
        }
    }

    @Test
    void command_fromAFileOfArguments_takesItsFlags(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("arguments"), "settings --port 5985");

        Run run = Run.of("@" + file);

        assertEquals(ExitStatus.DONE.code(), run.status(), run.err());
        assertEquals("port 5985 flag", line(run, "port"));
    }

    @Test
    void help_beforeACommandWithFlags_isShown() {
        Run run = Run.of("--help", "settings", "--port", "1");

        assertEquals(ExitStatus.DONE.code(), run.status(), run.err());
        assertTrue(run.out().contains("\nData and backups:\n"), run.out());
    }

    @Test
    void version_always_namesTheJava() {
        assertTrue(Run.of("version").out().contains("Java " + Runtime.version()));
    }

    @Test
    void settings_flagEnvironmentAndFile_areToldApart(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("archipel.toml"), "max_json_depth = 77\n");

        Run run = Run.of(
                Map.of("ARCHIPEL_HOST", "0.0.0.0"),
                "settings",
                "--port",
                "5985",
                "--gzip",
                "--config",
                file.toString());

        assertEquals(ExitStatus.DONE.code(), run.status(), run.err());
        assertEquals("port 5985 flag", line(run, "port"));
        assertEquals("gzip true flag", line(run, "gzip"));
        assertEquals("host 0.0.0.0 environment", line(run, "host"));
        assertEquals("max_json_depth 77 file", line(run, "max_json_depth"));
        assertEquals("durability fsync default", line(run, "durability"));
    }

    @Test
    void help_anyCommand_listsTheStatusesThatItEndsWith() {
        assertEquals(List.of("0", "2"), statuses("version"));
        assertEquals(List.of("0", "2"), statuses("settings"));
        assertEquals(List.of("0", "1", "2", "3", "6"), statuses("check"));
        assertEquals(List.of("0", "1", "2", "3"), statuses("backups"));
        assertEquals(List.of("0", "1", "2", "3", "4", "5", "6", "143"), statuses("serve"));
        assertEquals(List.of("0", "1", "2", "7"), statuses("get"));
        assertEquals(List.of("0", "1", "2", "143"), statuses("watch"));
        for (String command : COMMANDS) {
            String help = Run.of(command, "--help").out();
            assertEquals(List.of("check", "verify").contains(command), help.contains("Faults were found"), help);
            assertEquals(List.of("get", "rm").contains(command), help.contains("The key has no value"), help);
            assertEquals(command.endsWith("-peer") && !command.equals("add-peer"), help.contains("no such peer"), help);
            assertEquals(command.equals("serve"), help.contains("all writes stored"), help);
        }
    }

    private static List<String> statuses(String command) {
        String help = Run.of(command, "--help").out();
        return help.substring(help.indexOf("Exit status:"))
                .lines()
                .skip(1)
                .takeWhile(line -> line.startsWith("  "))
                .map(line -> line.strip().split(" ", 2)[0])
                .filter(word -> word.matches("[0-9]+"))
                .toList();
    }

    @Test
    void settings_secret_isNotShown() {
        Run run = Run.of(Map.of("ARCHIPEL_ADMIN_PASSWORD", "open sesame"), "settings");

        assertEquals("admin_password ****** environment", line(run, "admin_password"));
        assertEquals(-1, run.out().indexOf("sesame"));
    }

    @Test
    void settings_badValue_isRefusedWithWhatItMustBe() {
        Run run = Run.of("settings", "--port", "http");

        assertEquals(ExitStatus.USAGE.code(), run.status());
        assertTrue(run.err().contains("port must be a whole number from 0 to 65535"), run.err());
    }

    @Test
    void settings_markdown_isTheDocumentation() {
        assertEquals(
                SettingsDocument.markdown(NodeSettings.ALL),
                Run.of("settings", "--markdown").out());
    }

    @Test
    void settings_toml_isAFileThatCanBeRead(@TempDir Path directory) throws IOException {
        String sample = Run.of("settings", "--toml").out();
        Path file = Files.writeString(directory.resolve("a.toml"), sample.replace("#port", "port"));

        assertEquals("port 5984 file", line(Run.of("settings", "--config", file.toString()), "port"));
    }

    @Test
    void check_wholeDirectory_saysSo(@TempDir Path directory) {
        try (Node node = Node.open(directory, NodeOptions.DEFAULT)) {
            node.create("islands");
        }

        Run run = Run.of("check", directory.toString());

        assertEquals(ExitStatus.DONE.code(), run.status(), run.err());
        assertTrue(run.out().contains("is whole"), run.out());
    }

    @Test
    void check_directoryInUse_isRefused(@TempDir Path directory) {
        try (Node _ = Node.open(directory, NodeOptions.DEFAULT)) {
            Run run = Run.of("check", directory.toString());

            assertEquals(ExitStatus.DATA.code(), run.status());
            assertTrue(run.err().contains("in use"), run.err());
        }
    }

    @Test
    void check_noData_isRefusedAndLeftAlone(@TempDir Path directory) throws IOException {
        Run run = Run.of("check", directory.toString());

        assertEquals(ExitStatus.DATA.code(), run.status());
        try (var files = Files.list(directory)) {
            assertEquals(0, files.count());
        }
        assertEquals(
                ExitStatus.DATA.code(),
                Run.of("check", directory.resolve("none").toString()).status());
    }

    /** The line of a setting, with single spaces. */
    private static String line(Run run, String setting) {
        return run.out()
                .lines()
                .filter(line -> line.startsWith(setting + " "))
                .findFirst()
                .orElse("")
                .replaceAll(" +", " ");
    }
}
