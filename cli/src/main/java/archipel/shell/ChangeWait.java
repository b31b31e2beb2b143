package archipel.shell;

import archipel.changes.Deadline;
import archipel.node.Members;
import archipel.node.NodeFailure;
import archipel.settings.SettingException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waits until a change of an ensemble's members has come into effect in all groups, for a bounded time. */
final class ChangeWait {
    /** Unless a command says otherwise: what a member without data takes that has to be sent some gigabytes. */
    static final Duration PATIENCE = Duration.ofMinutes(10);

    private static final int LOOK_MS = 250;

    private final Members members;
    private final Terminal terminal;
    private final Duration patience;
    private String shown = "";

    ChangeWait(Members members, Terminal terminal, Duration patience) {
        this.members = members;
        this.terminal = terminal;
        this.patience = patience;
    }

    /** As a command was given it. @throws SettingException as {@link #patience} */
    static ChangeWait of(NodeArguments arguments, Members members, Terminal terminal) {
        return new ChangeWait(members, terminal, patience(arguments));
    }

    /** For how long a command waits. @throws SettingException where {@link NodeOption#TIMEOUT} is no number */
    static Duration patience(NodeArguments arguments) {
        String seconds = arguments.value(NodeOption.TIMEOUT, Long.toString(PATIENCE.toSeconds()));
        if (!seconds.matches("[1-9][0-9]{0,5}")) {
            throw new SettingException("--timeout must be a number of seconds, from 1 on.");
        }
        return Duration.ofSeconds(Long.parseLong(seconds));
    }

    /** What a command does once it has asked for a change. */
    interface Waiting {
        void until(Members members, String name);
    }

    /** What has to be so. */
    interface Effect {
        boolean isThere(Members.Status status);
    }

    /** A member is one in all groups, with a vote or without. */
    static Effect joined(String name) {
        return status -> status.isSettled() && status.state(name).equals("member") && status.isReachable(name);
    }

    /** A member is none any more; it may be the one that is asked, and says so. */
    static Effect removed(String name) {
        return status -> status.state(name).equals("removed") || status.isSettled() && !status.isKnown(name);
    }

    /** A member has a vote in all groups. */
    static Effect promoted(String name) {
        return status ->
                status.isSettled() && status.state(name).equals("member") && status.votes(name) == status.groups();
    }

    /** @param group empty for all */
    static Effect leads(String name, String group) {
        return status -> group.isEmpty() ? status.led(name) == status.groups() : status.leads(name, group);
    }

    /**
     * Waits for it.
     *
     * @throws NodeFailure where it has not come in time: it may come yet
     */
    void until(String name, Effect effect) {
        Deadline deadline = Deadline.after(patience);
        while (true) {
            String standing;
            try {
                Members.Status status = members.status();
                if (effect.isThere(status)) {
                    return;
                }
                standing = standing(status, name);
            } catch (NodeFailure e) {
                if (e.status() / 100 == 4) {
                    throw e;
                }
                standing = String.valueOf(e.getMessage());
            }
            if (terminal.isInteractive() && !standing.equals(shown)) {
                terminal.say(Terminal.oneLine(standing));
                shown = standing;
            }
            if (deadline.hasPassed()) {
                throw new NodeFailure("This was not in effect within " + patience.toSeconds() + " s, and goes on: "
                        + "\"archipel ensemble status\" shows how far it is. " + standing);
            }
            rest(LOOK_MS, "Interrupted: the change goes on.");
        }
    }

    private static String standing(Members.Status status, String name) {
        String state = status.state(name);
        String voters = status.votes(name) + " of " + status.groups() + " groups have its vote";
        String leads = ", it leads " + status.led(name) + ".";
        return state.isEmpty()
                ? "Groups have members that are not as they are to be yet."
                : name + " is " + state + (status.isReachable(name) ? "" : ", and cannot be reached") + ": " + voters
                        + leads;
    }

    /** Before it is looked again. @param interrupted what a command says that is stopped meanwhile */
    static void rest(int ms, String interrupted) {
        try {
            TimeUnit.MILLISECONDS.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NodeFailure(interrupted);
        }
    }
}
