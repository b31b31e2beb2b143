package archipel.view;

import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.PolyglotException;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyExecutable;

/**
 * A context with the functions of one group, or of groups that share it, each of which is added when it is first
 * called. Used by one of the script threads at a time; after a call that was ended it is of no more use.
 */
final class Sandbox implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Sandbox.class.getName());
    private static final int LOG_LINES = 100;
    private static final long TOP_LEVEL_BYTES = 1 << 20;
    /** With more functions it is not kept: some are of design documents that are no more. */
    private static final int SHARED_FUNCTIONS = 5_000;

    private static final long SHARED_CHARACTERS = 4 << 20;

    /** Begins a line of an answer that a function gave to {@code log}; no JSON text holds it. */
    private static final char LOGGED = '\u0002';

    private final FunctionGroup group;
    private final MemberProjection projection;
    private final Context context;
    private final Value driver;
    /** At which number the first function of a group is. */
    private final Map<FunctionGroup, Integer> numbers = new IdentityHashMap<>();

    private int functions;
    private long characters;
    private boolean open = true;

    /**
     * On one of the script threads.
     *
     * @param group whose functions it has, or the first of those that share it
     * @param shared whether others of its database, which are {@link FunctionGroup#isShareable shareable}, use it too
     * @throws ScriptException also where a source is no function
     */
    Sandbox(FunctionGroup group, boolean shared, ScriptEngine engine, Duration time) {
        this.group = group;
        this.projection = group.projection();
        this.context = engine.newContext();
        ProxyExecutable compile = arguments ->
                context.eval(ScriptEngine.source(module(arguments[0].asString()), arguments[1].asString()));
        this.driver = context.eval(engine.driver()).execute(compile, LOG_LINES, Emission.ROW_BYTES, Emission.COPIES);
        context.eval(engine.guard()).executeVoid(ScriptLimits.LIST_LENGTH);
        if (group.isPure()) {
            context.eval(engine.pure()).executeVoid();
        }
        driver.getMember("setFrozen").executeVoid(group.isFreezing());
        if (shared) {
            context.eval(engine.harden()).executeVoid();
            driver.getMember("setShared").executeVoid();
            return;
        }
        if (group.tree() != null) {
            driver.getMember("setDesign").executeVoid(group.tree());
        }
        try {
            add(group, time);
        } catch (ScriptException e) {
            close();
            throw e;
        }
    }

    private void add(FunctionGroup added, Duration time) {
        watched(TOP_LEVEL_BYTES, time, () -> {
            addFunctions(added);
            return "";
        });
        numbers.put(added, functions);
        functions += added.size();
        for (int i = 0; i < added.size(); i++) {
            characters += added.text(i).length();
        }
    }

    private void addFunctions(FunctionGroup group) {
        Value add = driver.getMember("add");
        for (int i = 0; i < group.size(); i++) {
            Value function;
            try {
                function = context.eval(group.source(i));
            } catch (PolyglotException e) {
                if (e.isCancelled() || e.isInternalError() || e.isResourceExhausted()) {
                    throw e;
                }
                throw new ScriptException(
                        ScriptException.Kind.COMPILATION, e.getMessage() + " (" + group.text(i) + ")");
            }
            if (!function.canExecute()) {
                throw new ScriptException(
                        ScriptException.Kind.COMPILATION,
                        "Expression does not eval to a function. (" + group.text(i) + ")");
            }
            add.executeVoid(function);
        }
    }

    private static String module(String text) {
        return "(function (module, exports, require) { " + text + "\n})";
    }

    /**
     * Functions on documents: the driver's {@code map}. Its answer ends before a document whose rows have no room.
     *
     * @param which a 1 for each function that is to be called, a 0 for each that counts as if it emitted nothing
     * @param room for the rows, as {@link Emission#weight()} counts
     * @param whole whether functions whose rows have no room are left out, and not the document
     */
    String map(List<byte[]> documents, String which, long room, boolean whole, Duration time) {
        String json = projection.array(documents);
        Value map = driver.getMember("map");
        return watched(
                json.length(),
                time,
                () -> map.execute(json, which, (double) room, whole).asString());
    }

    /**
     * The first function on each of the documents.
     *
     * @param what of the driver: {@code filter} or {@code emits}
     * @param arguments that follow the documents
     */
    Answer each(String what, List<byte[]> documents, String arguments, Duration time) {
        return call(what, projection.array(documents), arguments, time);
    }

    /**
     * A group's only function, which validates.
     *
     * @param of that is here, or shares this sandbox
     * @param arguments JSON
     */
    Answer validate(FunctionGroup of, String arguments, Duration time) {
        if (!numbers.containsKey(of)) {
            add(of, time);
        }
        Value validate = driver.getMember("validate");
        int number = Objects.requireNonNull(numbers.get(of));
        return answer(
                of,
                watched(
                        arguments.length(),
                        time,
                        () -> validate.execute(arguments, number).asString()));
    }

    /** Whether it may be used again. */
    boolean isOfUse() {
        return open && functions <= SHARED_FUNCTIONS && characters <= SHARED_CHARACTERS;
    }

    /**
     * The first function.
     *
     * @param what of the driver
     * @param arguments JSON
     */
    Answer call(String what, String arguments, String more, Duration time) {
        Value function = driver.getMember(what);
        String answer = watched(
                (long) arguments.length() + more.length(),
                time,
                () -> function.execute(arguments, more).asString());
        return answer(group, answer);
    }

    private static Answer answer(FunctionGroup of, String answer) {
        int end = answer.indexOf('\n');
        log(of, answer, end + 1);
        boolean thrown = answer.charAt(0) == Answer.THROWN;
        return new Answer(thrown, MapAnswer.wellFormed(answer.substring(thrown ? 1 : 0, end)));
    }

    private static void log(FunctionGroup of, String answer, int from) {
        for (int start = from; start < answer.length(); ) {
            int end = answer.indexOf('\n', start);
            if (answer.charAt(start) == LOGGED) {
                log(of, answer.substring(start + 1, end));
            }
            start = end + 1;
        }
    }

    /** @param line JSON of a string */
    void log(String line) {
        log(group, line);
    }

    private static void log(FunctionGroup of, String line) {
        LOG.log(System.Logger.Level.DEBUG, "{0}: {1}", of.name(), line);
    }

    private String watched(long input, Duration time, Supplier<String> body) {
        String answer = "";
        Throwable failure = null;
        ScriptThreads.enter(context, input, time);
        try {
            answer = body.get();
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            failure = e;
        }
        boolean greedy = failure != null && ScriptThreads.isOverAllowance();
        ScriptException.Kind verdict = ScriptThreads.leave();
        if (failure == null && verdict == null) {
            return answer;
        }
        if (verdict == null
                && failure instanceof ScriptException refusal
                && refusal.kind() == ScriptException.Kind.COMPILATION) {
            // Nothing has run.
            throw refusal;
        }
        close();
        if (verdict != null) {
            throw new ScriptException(
                    verdict,
                    switch (verdict) {
                        case TIME -> "it took too long";
                        case CANCELLED -> "it was cancelled";
                        default -> "it took too much memory";
                    });
        }
        Throwable thrown = Objects.requireNonNull(failure);
        throw switch (thrown) {
            case ScriptException e -> e;
            case OutOfMemoryError e -> shortage(greedy);
            case PolyglotException e
            when e.isResourceExhausted() && exhausted(e) == ScriptException.Kind.MEMORY -> shortage(greedy);
            case PolyglotException e
            when e.isResourceExhausted() -> new ScriptException(exhausted(e), String.valueOf(e.getMessage()));
            case PolyglotException e
            when e.isCancelled() -> new ScriptException(ScriptException.Kind.CLOSED, "the node is stopping");
            default -> new ScriptException(ScriptException.Kind.BROKEN, String.valueOf(thrown.getMessage()), thrown);
        };
    }

    /** The heap was full: for what the call took, or for what others did. */
    private static ScriptException shortage(boolean greedy) {
        return greedy
                ? new ScriptException(ScriptException.Kind.MEMORY, "it took too much memory")
                : new ScriptException(ScriptException.Kind.EXHAUSTED, "The node is short of memory.");
    }

    // The engine has no other name for it.
    private static ScriptException.Kind exhausted(PolyglotException e) {
        return String.valueOf(e.getMessage()).contains("frame limit")
                ? ScriptException.Kind.RECURSION
                : ScriptException.Kind.MEMORY;
    }

    boolean isOpen() {
        return open;
    }

    /** Does not wait. */
    @Override
    public void close() {
        open = false;
        ScriptThreads.discard(context);
    }

    /**
     * What came of a call.
     *
     * @param thrown whether {@code json} is what was thrown: {@code ["error", name, message, stack]} or {@code
     *     ["value", what]}
     */
    record Answer(boolean thrown, String json) {
        private static final char THROWN = '\u0001';
        /** What the engine throws where a string, here the JSON of the result, gets too long. */
        private static final String TOO_LONG = "[\"error\",\"RangeError\",\"Invalid string length\"";

        /** Whether the function made a string, or its result has a JSON text, that is longer than strings may be. */
        boolean isTooLong() {
            return thrown && json.startsWith(TOO_LONG);
        }
    }
}
