package archipel.shell;

import archipel.document.JsonBuffer;
import archipel.json.JsonSlice;
import archipel.node.MemberEvents;
import archipel.node.Members;
import archipel.node.NodeConnection;
import archipel.node.NodeFailure;
import archipel.settings.SettingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** The commands about the members of an ensemble. */
final class EnsembleRun {
    private static final String UNKNOWN = "-";
    private static final int NOT_FOUND = 404;

    private final NodeArguments arguments;
    private final NodeConnection node;
    private final Members members;
    private final Terminal terminal;
    private final ChangeWait waiting;
    private final boolean json;

    EnsembleRun(NodeArguments arguments, NodeConnection node, Terminal terminal) {
        this.arguments = arguments;
        this.node = node;
        this.members = new Members(node);
        this.terminal = terminal;
        this.waiting = ChangeWait.of(arguments, members, terminal);
        json = arguments.has(NodeOption.JSON);
    }

    ExitStatus status() {
        Members.Status status = members.status();
        if (json) {
            terminal.print(new JsonBuffer().raw(status.json().compact()));
            return ExitStatus.DONE;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NAME", "ROLE", "STATE", "LEADS", "LAG", "ADDRESS", "URL"));
        for (Members.Member member : status.members()) {
            String state = member.text("state")
                    + (member.isReachable() ? "" : ", away")
                    + (member.finding().isEmpty() ? "" : ", " + member.finding())
                    + String.join(
                            "",
                            member.problems().stream()
                                    .map(problem -> ", " + problem)
                                    .toList());
            rows.add(List.of(
                    member.text("name"),
                    member.text("role"),
                    state,
                    member.leads() + "/" + status.groups(),
                    member.lag() < 0 ? UNKNOWN : Long.toString(member.lag()),
                    member.text("address"),
                    member.text("url").isEmpty() ? UNKNOWN : member.text("url")));
        }
        print(rows);
        status.images().forEach(image -> terminal.out().println(Terminal.oneLine(line(image))));
        if (!status.problem().isEmpty()) {
            terminal.say("The ensemble cannot begin: " + Terminal.oneLine(status.problem()) + ".");
        } else if (!status.state().equals("ok")) {
            terminal.say(
                    switch (status.state()) {
                        case "forming" -> "The ensemble begins once all members have met.";
                        case "removed" -> "This node was removed from the ensemble.";
                        default -> "Not every group has a leader: no majority of its members can be reached.";
                    });
        }
        return ExitStatus.DONE;
    }

    private static String line(JsonSlice image) {
        String what = "the image of group " + number(image, "group");
        String from = image.text("from");
        String to = image.text("to");
        String progress = " (" + mebibytes(image, "bytes")
                + (image.member("expected") == null ? "" : " of " + mebibytes(image, "expected")) + " MiB).";
        return switch (image.text("state")) {
            case "waiting" -> to + " waits for " + what + " from " + from + ".";
            case "installing" -> to + " puts " + what + " in its place.";
            default -> from + " sends " + to + " " + what + progress;
        };
    }

    private static String number(JsonSlice object, String name) {
        JsonSlice number = object.member(name);
        return number == null ? UNKNOWN : number.toString();
    }

    private static String mebibytes(JsonSlice object, String name) {
        String bytes = number(object, name);
        return bytes.matches("[0-9]{1,18}")
                ? String.format(Locale.ROOT, "%.1f", Long.parseLong(bytes) / (double) (1 << 20))
                : bytes;
    }

    ExitStatus events() {
        MemberEvents events = new MemberEvents(node, new EventLines(terminal, json));
        if (!arguments.has(NodeOption.FOLLOW)) {
            events.list();
            return ExitStatus.DONE;
        }
        try {
            events.follow();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return ExitStatus.DONE;
    }

    private void print(List<List<String>> rows) {
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                int column = i;
                int width = rows.stream()
                        .mapToInt(other -> other.get(column).length())
                        .max()
                        .orElse(0);
                String cell = Terminal.oneLine(row.get(i));
                line.append(cell);
                if (i < row.size() - 1) {
                    line.append(" ".repeat(Math.max(0, width - cell.length()) + 2));
                }
            }
            terminal.out().println(line);
        }
    }

    ExitStatus add() {
        String given = arguments.word(0);
        int equals = given.indexOf('=');
        if (equals < 1 || equals == given.length() - 1) {
            throw new SettingException("Give the member as NAME=HOST:PORT, such as d=10.0.0.4:6984.");
        }
        String id = arguments.value(NodeOption.ID, "");
        if (id.isEmpty()) {
            throw new SettingException(
                    "--id is missing: the fingerprint of the new member's key, which \"GET /\" on it "
                            + "shows. \"archipel ensemble join\" on its machine needs none.");
        }
        String name = given.substring(0, equals);
        byte[] body = new JsonBuffer()
                .ascii("{\"name\":")
                .string(name)
                .ascii(",\"address\":")
                .string(given.substring(equals + 1))
                .ascii(",\"id\":")
                .string(id)
                .ascii(",\"observer\":")
                .bool(arguments.has(NodeOption.OBSERVER))
                .ascii('}')
                .toByteArray();
        return tell(
                name,
                members.add(body),
                "is a member now, and joins as soon as it is started",
                "is a member already",
                ChangeWait.joined(name));
    }

    ExitStatus remove() {
        String name = arguments.word(0);
        return about(
                name,
                () -> members.remove(name, arguments.has(NodeOption.FORCE)),
                "leaves all groups, and is no member then",
                "is being removed already",
                ChangeWait.removed(name));
    }

    ExitStatus promote() {
        String name = arguments.word(0);
        return about(
                name,
                () -> members.promote(name),
                "gets a vote in each group once it has what the leader has",
                "has a vote already",
                ChangeWait.promoted(name));
    }

    ExitStatus rebuild() {
        boolean cancel = arguments.has(NodeOption.CANCEL);
        Members.Rebuilt done = members.rebuild(group(), cancel);
        if (json) {
            terminal.print(new JsonBuffer().raw(done.json().compact()));
            return ExitStatus.DONE;
        }
        terminal.out()
                .println("Groups " + Terminal.oneLine(String.join(", ", done.groups()))
                        + (cancel
                                ? " keep the data that they have."
                                : " get another member's data; \"archipel ensemble status\" shows when they have it."));
        return ExitStatus.DONE;
    }

    private String group() {
        String group = arguments.value(NodeOption.GROUP, "");
        if (!group.matches("[0-9]{0,5}")) {
            throw new SettingException(
                    "--group must be the number of a group, as \"ensemble status --json\" shows it.");
        }
        return group;
    }

    ExitStatus transfer() {
        String name = arguments.word(0);
        String group = group();
        String what = group.isEmpty() ? "all groups" : "group " + group;
        return about(
                name,
                () -> members.transfer(name, group),
                "leads " + what,
                "leads " + what + " already",
                ChangeWait.leads(name, group));
    }

    private ExitStatus about(
            String name, Supplier<Members.Change> work, String changed, String same, ChangeWait.Effect effect) {
        try {
            return tell(name, work.get(), changed, same, effect);
        } catch (NodeFailure e) {
            if (e.status() != NOT_FOUND) {
                throw e;
            }
            if (json) {
                terminal.print(new JsonBuffer()
                        .ascii("{\"name\":")
                        .string(name)
                        .ascii(",\"error\":\"not_found\",\"reason\":")
                        .string(e.reason())
                        .ascii('}'));
            }
            terminal.say(e.reason());
            return ExitStatus.ABSENT;
        }
    }

    private ExitStatus tell(String name, Members.Change change, String changed, String same, ChangeWait.Effect effect) {
        if (json) {
            terminal.print(new JsonBuffer()
                    .ascii("{\"name\":")
                    .string(name)
                    .ascii(",\"changed\":")
                    .bool(change.isChanged())
                    .ascii('}'));
        } else {
            terminal.out().println(Terminal.oneLine(name) + ' ' + (change.isChanged() ? changed : same) + '.');
        }
        if (arguments.has(NodeOption.WAIT)) {
            waiting.until(name, effect);
        }
        return ExitStatus.DONE;
    }
}
