package archipel.shell;

import archipel.document.JsonBuffer;
import archipel.json.JsonSlice;
import archipel.node.KeyChange;
import archipel.node.KeyEntry;
import archipel.node.KeyValueStore;
import archipel.node.KeyWatch;
import archipel.node.NodeConnection;
import archipel.node.NodeFailure;
import archipel.node.SetOutcome;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/** The commands about keys. */
final class KeyRun {
    /** Of a value in a message, in characters. */
    private static final int SHOWN = 500;

    private final NodeArguments arguments;
    private final NodeConnection node;
    private final KeyValueStore store;
    private final String database;
    private final Terminal terminal;
    private final PrintWriter out;
    private final boolean json;

    KeyRun(NodeArguments arguments, NodeConnection node, String database, Terminal terminal) {
        this.arguments = arguments;
        this.node = node;
        this.database = database;
        store = new KeyValueStore(node, database);
        this.terminal = terminal;
        out = terminal.out();
        json = arguments.has(NodeOption.JSON);
    }

    ExitStatus set() {
        String key = arguments.word(0);
        byte[] value = GivenValue.read(arguments.word(1), terminal.in(), arguments.has(NodeOption.TEXT));
        SetOutcome outcome = arguments.has(NodeOption.REPLACE) ? store.replace(key, value) : store.set(key, value);
        return switch (outcome) {
            case SetOutcome.Written(String revision) -> done(key, value, revision, true);
            case SetOutcome.Equal(KeyEntry entry) -> {
                warnOfConflicts(key, entry);
                yield done(key, value, entry.revision(), false);
            }
            case SetOutcome.Different(KeyEntry entry) -> refused(key, value, entry);
        };
    }

    private ExitStatus done(String key, byte[] value, String revision, boolean changed) {
        if (json) {
            print(begin(key)
                    .ascii(",\"value\":")
                    .raw(value)
                    .ascii(",\"rev\":")
                    .string(revision)
                    .ascii(",\"changed\":")
                    .bool(changed));
        }
        return ExitStatus.DONE;
    }

    private ExitStatus refused(String key, byte[] value, KeyEntry entry) {
        JsonSlice there = entry.value();
        if (json) {
            JsonBuffer line = begin(key).ascii(",\"error\":\"conflict\",\"value\":");
            line.raw(there == null ? new byte[] {'n', 'u', 'l', 'l'} : there.compact());
            print(line.ascii(",\"rev\":")
                    .string(entry.revision())
                    .ascii(",\"refused\":")
                    .raw(value));
        }
        say(Terminal.quoted(key)
                + (there == null
                        ? " is a document without a value (" + entry.revision() + ")"
                        : " is " + shown(there.toString()))
                + ", not " + shown(new JsonBuffer().raw(value).toString()) + ": --replace replaces it.");
        return ExitStatus.DIFFERENT;
    }

    ExitStatus get() {
        String key = arguments.word(0);
        KeyEntry entry = present(key);
        if (entry == null) {
            return absent(key);
        }
        JsonSlice value = entry.value();
        if (value == null) {
            throw new NodeFailure(Terminal.quoted(key) + " is a document of the database \"" + database
                    + "\" without a member \"value\": set did not write it.");
        }
        warnOfConflicts(key, entry);
        if (json) {
            JsonBuffer line = begin(key).ascii(",\"value\":").raw(value.compact());
            line.ascii(",\"rev\":").string(entry.revision());
            if (!entry.conflicts().isEmpty()) {
                appendConflicts(line, store.conflicts(key, entry));
            }
            print(line);
        } else {
            out.println(arguments.has(NodeOption.TEXT) && value.isString() ? value.string() : value);
        }
        return ExitStatus.DONE;
    }

    private static void appendConflicts(JsonBuffer line, Iterable<KeyEntry> conflicts) {
        line.ascii(",\"conflicts\":[");
        String separator = "";
        for (KeyEntry conflict : conflicts) {
            JsonSlice value = conflict.value();
            line.ascii(separator).ascii("{\"value\":");
            line.raw(value == null ? new byte[] {'n', 'u', 'l', 'l'} : value.compact());
            line.ascii(",\"rev\":").string(conflict.revision()).ascii('}');
            separator = ",";
        }
        line.ascii(']');
    }

    private void warnOfConflicts(String key, KeyEntry entry) {
        int others = entry.conflicts().size();
        if (others > 0) {
            say(Terminal.quoted(key) + " has " + others + (others == 1 ? " conflicting value" : " conflicting values")
                    + " from replication: get --json shows " + (others == 1 ? "it" : "them")
                    + ", set --replace settles it.");
        }
    }

    /** What a key has; null for nothing, also where there is no database. */
    private @Nullable KeyEntry present(String key) {
        try {
            return store.get(key);
        } catch (NodeFailure failure) {
            tellNoDatabase(failure);
            return null;
        }
    }

    /** Before the first set there is none, which is no failure; with a misspelt name neither, so that it is said. */
    private void tellNoDatabase(NodeFailure failure) {
        if (failure.status() != 404) {
            throw failure;
        }
        say(failure.getMessage());
    }

    private ExitStatus absent(String key) {
        if (json) {
            print(begin(key).ascii(",\"error\":\"not_found\""));
        }
        say(Terminal.quoted(key) + " has no value.");
        return ExitStatus.ABSENT;
    }

    ExitStatus keys() {
        try {
            store.keys(arguments.word(0), (key, revision) -> {
                if (json) {
                    out.print(begin(key).ascii(",\"rev\":").string(revision).ascii("}\n"));
                } else {
                    out.print(line(key) + "\n");
                }
                return !out.checkError();
            });
        } catch (NodeFailure failure) {
            tellNoDatabase(failure);
        }
        return ExitStatus.DONE;
    }

    ExitStatus remove() {
        String key = arguments.word(0);
        String revision;
        try {
            revision = store.remove(key);
        } catch (NodeFailure failure) {
            tellNoDatabase(failure);
            revision = null;
        }
        if (revision == null) {
            return absent(key);
        }
        if (json) {
            print(begin(key).ascii(",\"deleted\":true,\"rev\":").string(revision));
        }
        return ExitStatus.DONE;
    }

    ExitStatus watch() {
        try {
            new KeyWatch(node, database, arguments.word(0), arguments.has(NodeOption.EXACT), new Watcher())
                    .run(arguments.has(NodeOption.SINCE) ? arguments.value(NodeOption.SINCE, "") : null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return ExitStatus.DONE;
    }

    /** Prints changes; ends where nobody reads them any more. */
    private final class Watcher implements KeyWatch.Watcher {
        @Override
        public boolean changed(KeyChange change) {
            if (json) {
                print(asJson(change));
            } else {
                out.println(line(change.key()) + "\t" + asText(change));
            }
            return !out.checkError();
        }

        private String asText(KeyChange change) {
            KeyEntry entry = change.entry();
            if (entry == null) {
                return "deleted";
            }
            warnOfConflicts(change.key(), entry);
            JsonSlice value = entry.value();
            return value == null ? "null" : value.toString();
        }

        private JsonBuffer asJson(KeyChange change) {
            KeyEntry entry = change.entry();
            JsonBuffer line = new JsonBuffer()
                    .ascii("{\"seq\":")
                    .string(change.seq())
                    .ascii(",\"key\":")
                    .string(change.key());
            if (entry == null) {
                line.ascii(",\"deleted\":true");
            } else {
                JsonSlice value = entry.value();
                line.ascii(",\"value\":").raw(value == null ? new byte[] {'n', 'u', 'l', 'l'} : value.compact());
            }
            line.ascii(",\"rev\":").string(change.revision());
            if (entry != null && !entry.conflicts().isEmpty()) {
                line.ascii(",\"conflicts\":[");
                for (int i = 0; i < entry.conflicts().size(); i++) {
                    line.ascii(i == 0 ? "{\"rev\":" : ",{\"rev\":")
                            .string(entry.conflicts().get(i))
                            .ascii('}');
                }
                line.ascii(']');
            }
            return line;
        }

        @Override
        public void interrupted(String reason) {
            say(reason + "; watching goes on, without missing a change, as soon as it can.");
        }

        @Override
        public void resumed() {
            say("Watching again.");
        }
    }

    private static JsonBuffer begin(String key) {
        return new JsonBuffer().ascii("{\"key\":").string(key);
    }

    /** An object that has everything but its closing brace. */
    private void print(JsonBuffer object) {
        terminal.print(object.ascii('}'));
    }

    private void say(@Nullable String message) {
        terminal.say(message);
    }

    /** A key as one line that stands for no other key. */
    private static String line(String key) {
        return key.startsWith("\"") || key.chars().anyMatch(Character::isISOControl) ? Terminal.quoted(key) : key;
    }

    private static String shown(String value) {
        return value.length() <= SHOWN ? value : value.substring(0, SHOWN) + "... (" + value.length() + " characters)";
    }
}
