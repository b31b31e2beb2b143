package archipel.cli;

import archipel.shell.NodeVerb;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.TextTable;
import picocli.CommandLine.Model.CommandSpec;

/** The commands as the help lists them: by what they are about, with the first sentence of what each says of itself. */
final class CommandList {
    private static final int INDENT = 2;

    private CommandList() {}

    private static Map<String, List<String>> groups() {
        List<String> keys = new ArrayList<>();
        List<String> peers = new ArrayList<>();
        for (NodeVerb verb : NodeVerb.values()) {
            if (!verb.isAboutMembers()) {
                (verb.isAboutPeers() ? peers : keys).add(verb.word());
            }
        }
        Map<String, List<String>> groups = new LinkedHashMap<>();
        groups.put("Running a node", List.of("serve", "settings", "version"));
        groups.put("Keys and values on a running node", keys);
        groups.put("Nodes that replicate with each other", peers);
        groups.put("Nodes that are one ensemble", List.of("ensemble", "recover"));
        groups.put("Data and backups", List.of("check", "verify", "backup", "backups", "restore"));
        return groups;
    }

    static String of(Help help) {
        Map<String, Help> commands = help.subcommands();
        int width = commands.keySet().stream().mapToInt(String::length).max().orElse(0) + INDENT;
        StringBuilder list = new StringBuilder();
        groups().forEach((heading, names) -> {
            int total = help.commandSpec().usageMessage().width();
            TextTable table = TextTable.forColumns(
                    help.colorScheme(),
                    new Column(width, INDENT, Column.Overflow.SPAN),
                    new Column(total - width, INDENT, Column.Overflow.WRAP));
            for (String name : names) {
                Help command = commands.get(name);
                if (command != null) {
                    table.addRowValues(name, summary(command.commandSpec()));
                }
            }
            list.append(System.lineSeparator())
                    .append(heading)
                    .append(':')
                    .append(System.lineSeparator())
                    .append(table);
        });
        return list.toString();
    }

    private static String summary(CommandSpec command) {
        String description = command.usageMessage().description()[0];
        int end = description.indexOf(". ");
        return end < 0 ? description : description.substring(0, end + 1);
    }
}
