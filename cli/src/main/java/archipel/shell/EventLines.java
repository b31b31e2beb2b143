package archipel.shell;

import archipel.document.JsonBuffer;
import archipel.json.JsonSlice;
import archipel.node.MemberEvents;
import java.util.Locale;

/** Prints what a member has seen of elections, a line for each event. */
final class EventLines implements MemberEvents.Listener {
    private static final String HEADER = line("TIME", "GROUP", "TERM", "WHAT");

    private final Terminal terminal;
    private final boolean json;
    private boolean begun;

    EventLines(Terminal terminal, boolean json) {
        this.terminal = terminal;
        this.json = json;
    }

    private static String line(String time, String group, String term, String what) {
        return String.format(Locale.ROOT, "%-27s  %5s  %5s  %s", time, group, term, what);
    }

    @Override
    public boolean happened(JsonSlice event) {
        if (json) {
            terminal.print(new JsonBuffer().raw(event.compact()));
        } else {
            if (!begun) {
                terminal.out().println(HEADER);
                begun = true;
            }
            terminal.out()
                    .println(line(
                            Terminal.oneLine(event.text("time")),
                            number(event, "group"),
                            number(event, "term"),
                            Terminal.oneLine(what(event))));
        }
        return !terminal.out().checkError();
    }

    private static String number(JsonSlice event, String name) {
        JsonSlice number = event.member(name);
        return number == null ? "-" : Terminal.oneLine(number.toString());
    }

    private static String what(JsonSlice event) {
        String from = event.text("from");
        String to = event.text("to");
        return switch (event.text("type")) {
            case "discovered" -> from + " answers";
            case "lost" -> from + " answers no more";
            case "pre_vote_requested" -> from + " asks " + to + " whether it would vote for it";
            case "pre_vote_granted" -> from + " would vote for " + to;
            case "pre_vote_refused" -> from + " would not vote for " + to;
            case "vote_requested" -> from + " asks " + to + " for its vote";
            case "vote_granted" -> from + " votes for " + to;
            case "vote_refused" -> from + " does not vote for " + to;
            case "transfer" -> from + " asks " + to + " to lead";
            case "leader" -> from + " leads";
            case "stepped_down" -> from + " leads no more";
            default -> from + " " + event.text("type") + (to.isEmpty() ? "" : " " + to);
        };
    }

    @Override
    public void interrupted(String reason) {
        terminal.say(reason + "; it goes on as soon as it can.");
    }

    @Override
    public void resumed() {
        terminal.say("Following again.");
    }
}
