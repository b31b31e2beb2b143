package archipel.view;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.graalvm.polyglot.Context;
import org.graalvm.polyglot.Engine;
import org.graalvm.polyglot.EnvironmentAccess;
import org.graalvm.polyglot.HostAccess;
import org.graalvm.polyglot.PolyglotAccess;
import org.graalvm.polyglot.Source;
import org.graalvm.polyglot.io.IOAccess;

/**
 * The one JavaScript engine of the process, whose contexts share compiled code. A context has ECMAScript and nothing
 * else: no way to the host, and none to make code out of strings. Making the first one takes about a second and 70 MB.
 */
final class ScriptEngine implements AutoCloseable {
    private static final String LANGUAGE = "js";

    private static final Map<String, String> OPTIONS = Map.ofEntries(
            Map.entry("js.allow-eval", "false"),
            Map.entry("js.load", "false"),
            Map.entry("js.print", "false"),
            Map.entry("js.console", "false"),
            Map.entry("js.performance", "false"),
            Map.entry("js.polyglot-builtin", "false"),
            Map.entry("js.graal-builtin", "false"),
            Map.entry("js.java-package-globals", "false"),
            Map.entry("js.global-arguments", "false"),
            Map.entry("js.shared-array-buffer", "false"),
            Map.entry("js.atomics", "false"),
            // Powers of large integers are computed in one step, which nothing can stop.
            Map.entry("js.bigint", "false"),
            // CouchDB has none either, and its data takes 20 MB.
            Map.entry("js.intl-402", "false"),
            Map.entry("js.max-typed-array-length", "1048576"),
            Map.entry("js.max-apply-argument-length", "65535"),
            Map.entry("js.foreign-object-prototype", "false"),
            // An index is the same on every node: what these are on this machine must not be seen.
            Map.entry("js.timezone", "UTC"),
            Map.entry("js.locale", "en-US"),
            Map.entry("js.temporal", "false"),
            Map.entry("js.webassembly", "false"),
            // What recurses without end and catches what comes of it makes 2^depth calls, of which none returns; the
            // engine looks whether a call should end at the end of a turn of a loop and where a function returns. This
            // ends it where nothing can be caught, and before the stack ends: a class of the engine that meets that end
            // while it is initialised is of no more use.
            Map.entry("sandbox.MaxStackFrames", Integer.toString(ScriptLimits.FRAMES)),
            Map.entry("js.string-length-limit", Integer.toString(ScriptLimits.STRING_LENGTH)));

    private final Engine engine;
    private final Source driver;
    private final Source guard;
    private final Source pure;
    private final Source harden;

    ScriptEngine() {
        engine = Engine.newBuilder(LANGUAGE)
                .allowExperimentalOptions(true)
                .option("engine.WarnInterpreterOnly", "false")
                .in(InputStream.nullInputStream())
                .out(OutputStream.nullOutputStream())
                .err(OutputStream.nullOutputStream())
                .build();
        driver = resource("driver.js");
        guard = resource("guard.js");
        pure = resource("pure.js");
        harden = resource("harden.js");
        try (Context first = newContext()) {
            // What this loads is loaded with room on the stack.
            first.eval(driver).execute(0, 0, 0, 0);
            first.eval(guard).executeVoid(ScriptLimits.LIST_LENGTH);
            first.eval(resource("warm.js")).execute();
        }
    }

    Context newContext() {
        return Context.newBuilder(LANGUAGE)
                .engine(engine)
                .allowExperimentalOptions(true)
                .allowHostAccess(HostAccess.NONE)
                .allowPolyglotAccess(PolyglotAccess.NONE)
                .allowIO(IOAccess.NONE)
                .allowEnvironmentAccess(EnvironmentAccess.NONE)
                .allowHostClassLookup(null)
                .allowHostClassLoading(false)
                .allowNativeAccess(false)
                .allowCreateThread(false)
                .allowCreateProcess(false)
                .allowInnerContextOptions(false)
                .allowValueSharing(false)
                .useSystemExit(false)
                .options(OPTIONS)
                .build();
    }

    /** Evaluates to what the host and the functions of a context talk through; to be evaluated before all else. */
    Source driver() {
        return driver;
    }

    /**
     * Evaluates to what bounds the builtins that cannot be stopped: to be called, between the driver and the first
     * function, with the length of the longest list that they may make or walk.
     */
    Source guard() {
        return guard;
    }

    /** Evaluates to what takes clocks and randomness away: to be called after the {@link #guard}. */
    Source pure() {
        return pure;
    }

    /** Evaluates to what lets functions share a context: to be called after the {@link #guard}. */
    Source harden() {
        return harden;
    }

    static Source source(String text, String name) {
        return Source.newBuilder(LANGUAGE, text, name).buildLiteral();
    }

    /** Ends whatever still runs. */
    @Override
    public void close() {
        engine.close(true);
    }

    private static Source resource(String name) {
        try (InputStream in = ScriptEngine.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + name + " is not there");
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return Source.newBuilder(LANGUAGE, text, name).internal(true).buildLiteral();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
