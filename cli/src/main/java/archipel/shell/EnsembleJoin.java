package archipel.shell;

import archipel.changes.Deadline;
import archipel.document.JsonBuffer;
import archipel.engine.EngineSettings;
import archipel.engine.NodeOpenException;
import archipel.ensemble.Enrolment;
import archipel.ensemble.Ensemble;
import archipel.ensemble.EnsembleSettings;
import archipel.ensemble.MemberAddress;
import archipel.node.Members;
import archipel.node.NodeConnection;
import archipel.node.NodeFailure;
import archipel.node.NodeUrl;
import archipel.settings.SettingException;
import archipel.settings.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the node of a data directory a member of a running ensemble. What the members have in common comes over the
 * admin's connection, unless it is given here: whoever could read it there reads the admin's password as well, by which
 * it can be asked for.
 */
public final class EnsembleJoin {
    /** For how long a node waits that is started at the same time as others: one joins after the other. */
    private static final Duration TURN = Duration.ofMinutes(2);

    private static final int LOOK_MS = 500;
    private static final int CONFLICT = 409;
    private static final String NOT_YET = "has not become yet";

    private final Settings settings;
    private final Terminal terminal;

    EnsembleJoin(Settings settings, Terminal terminal) {
        this.settings = settings;
        this.terminal = terminal;
    }

    /** Before a node is started: where its settings say that it joins an ensemble, and it is no member yet. */
    public static void before(Settings settings, PrintWriter out) {
        String url = settings.get(EnsembleSettings.ENSEMBLE_JOIN);
        if (url.isEmpty() || Ensemble.isMember(settings.get(EngineSettings.DATA))) {
            return;
        }
        List<String> own = settings.get(EnsembleSettings.ENSEMBLE);
        if (own.size() != 1) {
            throw new SettingException("A node that joins an ensemble is given its own name and address alone: "
                    + "--ensemble NAME=HOST:PORT.");
        }
        EnsembleJoin join =
                new EnsembleJoin(settings, new Terminal(System.in, out, new PrintWriter(Writer.nullWriter())));
        Deadline deadline = Deadline.after(TURN);
        while (true) {
            try {
                join.run(url, own.getFirst(), settings.get(EnsembleSettings.OBSERVER), false, (members, name) -> {});
                return;
            } catch (NodeFailure failure) {
                if (failure.status() != CONFLICT || !failure.reason().contains(NOT_YET) || deadline.hasPassed()) {
                    throw failure;
                }
                ChangeWait.rest(LOOK_MS, "Interrupted before the node has joined.");
            }
        }
    }

    /** As the command was given. */
    ExitStatus run(NodeArguments arguments) {
        Duration patience = ChangeWait.patience(arguments);
        ChangeWait.Waiting waiting = arguments.has(NodeOption.WAIT)
                ? (members, name) -> new ChangeWait(members, terminal, patience).until(name, ChangeWait.joined(name))
                : (members, name) -> {};
        return run(
                arguments.word(0),
                arguments.word(1),
                arguments.has(NodeOption.OBSERVER),
                arguments.has(NodeOption.JSON),
                waiting);
    }

    /** @param member {@code NAME=HOST:PORT}; empty where the node is a member already */
    private ExitStatus run(String given, String member, boolean observer, boolean json, ChangeWait.Waiting waiting) {
        NodeUrl url = NodeUrl.parse(given);
        Path data = settings.get(EngineSettings.DATA);
        String secret = settings.get(EnsembleSettings.ENSEMBLE_SECRET);
        try {
            Enrolment enrolment = Enrolment.of(data, address(member), observer);
            NodeConnection node = new NodeConnection(List.of(new NodeConnection.Target(
                    url, GivenLogin.required(url, settings), GivenLogin.trusted(url, settings))));
            Members members = new Members(node);
            if (!secret.isEmpty()) {
                // Before it is added, since the others would wait for it then.
                Enrolment.requireSecret(secret, members.status().json().text("ensemble"));
            }
            Members.Change change = members.add(enrolment.request(secret.isEmpty()));
            enrolment.accept(change.json().compact(), secret, new SecureRandom().nextLong());
            if (json) {
                terminal.print(new JsonBuffer()
                        .ascii("{\"name\":")
                        .string(enrolment.address().name())
                        .ascii(",\"changed\":")
                        .bool(change.isChanged())
                        .ascii('}'));
            } else {
                terminal.out()
                        .println(enrolment.address().name()
                                + (change.isChanged() ? " is a member now: " : " is a member already: ")
                                + "archipel serve --data " + data + " starts it.");
            }
            waiting.until(members, enrolment.address().name());
            return ExitStatus.DONE;
        } catch (IllegalArgumentException e) {
            throw new SettingException("This node cannot join: " + e.getMessage() + ".", e);
        } catch (IOException e) {
            throw new NodeOpenException("the data directory " + data + " cannot be used: " + e.getMessage(), e);
        }
    }

    private static @Nullable MemberAddress address(String member) {
        return member.isEmpty() ? null : MemberAddress.parse(member);
    }
}
