package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.settings.Declared;
import archipel.settings.Settings;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LoggingTest {
    private final LoggerContext context = new LoggerContext();

    @Test
    void follow_default_saysWarningsAndWhatHappensToTheNode() {
        Logging.configure(context);
        Logging.follow(Settings.defaults(), context);
        assertTrue(context.getLogger("archipel.server.Server").isInfoEnabled());
        assertTrue(context.getLogger("archipel.access").isInfoEnabled());
        assertTrue(context.getLogger("archipel.admin").isInfoEnabled());
        assertFalse(context.getLogger("archipel.http.Dispatcher").isInfoEnabled());
        assertTrue(context.getLogger("archipel.http.Dispatcher").isWarnEnabled());
        assertFalse(context.getLogger("org.eclipse.jetty.server").isInfoEnabled());
    }

    @Test
    void follow_levelChanged_countsAtOnceForArchipelAlone() {
        Settings settings = Settings.defaults();
        Logging.configure(context);
        Logging.follow(settings, context);
        settings.change(Objects.requireNonNull(Declared.LOG_LEVEL.shownAs()), "debug", false);
        assertTrue(context.getLogger("archipel.http.Dispatcher").isDebugEnabled());
        assertFalse(context.getLogger("org.eclipse.jetty.server").isInfoEnabled());
        settings.change(Objects.requireNonNull(Declared.LOG_LEVEL.shownAs()), "error", false);
        assertFalse(context.getLogger("archipel.http.Dispatcher").isWarnEnabled());
        assertFalse(context.getLogger("org.eclipse.jetty.server").isWarnEnabled());
        assertTrue(context.getLogger("archipel.server.Server").isInfoEnabled());
    }

    @Test
    void follow_json_writesJson() {
        Logging.configure(context);
        Logging.follow(Settings.of(Map.of("log_format", "json"), Map.of()), context);
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        ConsoleAppender<ILoggingEvent> appender = (ConsoleAppender<ILoggingEvent>) root.getAppender("stderr");
        assertInstanceOf(JsonEncoder.class, appender.getEncoder());
        assertEquals("System.err", appender.getTarget());
    }

    @Test
    void encode_textOfClients_neitherBeginsALineNorControlsATerminal() {
        String chosen = "a\r\n2026-01-01 \u0085\u2028\u2029\u009b31m\u001b[2J\u007f\u202e\ttail\u00e9\ud83d\ude00";
        Logging.configure(context);
        String text = encoded("No " + chosen, null);
        assertTrue(text.stripTrailing().endsWith(": No a??2026-01-01 ????31m?[2J???tail\u00e9\ud83d\ude00"), text);
        assertEquals(1, text.lines().count(), text);

        String trace = encoded("Failed", new IllegalStateException(chosen, new IllegalStateException("b\n\u009bc")));
        List<String> lines = trace.lines().toList();
        assertTrue(lines.get(1).startsWith("java.lang.IllegalStateException: a"), trace);
        assertTrue(lines.get(1).endsWith("tail\u00e9\ud83d\ude00"), trace);
        for (String line : lines.subList(2, lines.size())) {
            assertTrue(line.startsWith("\tat ") || line.startsWith("\t... ") || line.startsWith("Caused by: "), trace);
        }
        assertTrue(trace.contains("Caused by: java.lang.IllegalStateException: b??c"), trace);

        Logging.follow(Settings.of(Map.of("log_format", "json"), Map.of()), context);
        String json = encoded("No " + chosen, null);
        assertEquals(1, json.lines().count(), json);
        assertTrue(json.contains("\\u0085\\u2028\\u2029\\u009b31m"), json);
        assertFalse(json.strip().codePoints().anyMatch(Character::isISOControl), json);
    }

    private String encoded(String message, @Nullable Throwable thrown) {
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        ConsoleAppender<ILoggingEvent> appender = (ConsoleAppender<ILoggingEvent>) root.getAppender("stderr");
        context.setMDCAdapter(new LogbackMDCAdapter());
        LoggingEvent event = new LoggingEvent("", root, Level.WARN, message, thrown, null);
        return new String(appender.getEncoder().encode(event), StandardCharsets.UTF_8);
    }

    @Test
    void follow_logOfSomebodyElse_isLeftAlone() {
        Logging.follow(Settings.defaults(), context);
        assertNull(context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("stderr"));
        assertTrue(context.getLogger("org.eclipse.jetty.server").isDebugEnabled());
    }
}
