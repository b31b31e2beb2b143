package archipel.suites;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.UniqueId;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs one class of tests and writes to a file what came of it, a line for each event: {@code STARTED}, then the {@link
 * Outcome.Result}, the test and the message, with tabs between them. In a process of its own: the tests set properties
 * of the process, and leave threads.
 */
public final class ClassRunner implements TestExecutionListener {
    static final String STARTED = "STARTED";

    private static final int MESSAGE_LENGTH = 200;

    private final Path file;
    private final String type;

    private ClassRunner(Path file, String type) {
        this.file = file;
        this.type = type;
    }

    /** @param arguments the class, and the file */
    public static void main(String[] arguments) {
        String name = arguments[0];
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(DiscoverySelectors.selectClass(name))
                .build();
        LauncherFactory.create()
                .execute(request, new ClassRunner(Path.of(arguments[1]), name.substring(name.lastIndexOf('.') + 1)));
        // Threads that tests have left would keep the process.
        Runtime.getRuntime().halt(0);
    }

    @Override
    public void executionStarted(TestIdentifier test) {
        if (test.isTest()) {
            write(STARTED, name(test), "");
        }
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        write(Outcome.Result.SKIPPED.name(), name(test), reason);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        String message = result.getThrowable().map(ClassRunner::describe).orElse("");
        switch (result.getStatus()) {
            case SUCCESSFUL -> {
                if (test.isTest()) {
                    write(Outcome.Result.PASSED.name(), name(test), "");
                }
            }
            case ABORTED -> write(Outcome.Result.SKIPPED.name(), name(test), message);
            case FAILED -> write(Outcome.Result.FAILED.name(), name(test), message);
        }
    }

    private static String describe(Throwable failure) {
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        System.out.println(trace);
        return failure.getClass().getSimpleName() + ": " + failure.getMessage();
    }

    private String name(TestIdentifier test) {
        String method = test.getSource()
                .filter(MethodSource.class::isInstance)
                .map(source -> "." + ((MethodSource) source).getMethodName())
                .orElse("");
        UniqueId.Segment last = test.getUniqueIdObject().getLastSegment();
        String round = last.getType().endsWith("invocation") ? last.getValue().replace("#", "[") + "]" : "";
        return type + method + round;
    }

    private void write(String event, String test, String message) {
        String text = message.replaceAll("\\s+", " ").strip();
        String line = event + "\t" + test + "\t" + text.substring(0, Math.min(text.length(), MESSAGE_LENGTH)) + "\n";
        try {
            Files.writeString(file, line, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
