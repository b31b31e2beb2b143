package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.settings.Settings;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.FilterReply;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LoggingTest {
    private final LoggerContext context = new LoggerContext();

    @Test
    void follow_default_saysWarningsAndWhatHappensToTheNode() {
        Logging.configure(context);
        Logging.follow(Settings.defaults(NodeSettings.ALL), context);
        assertTrue(context.getLogger("archipel.server.Server").isInfoEnabled());
        assertTrue(context.getLogger("archipel.access").isInfoEnabled());
        assertTrue(context.getLogger("archipel.admin").isInfoEnabled());
        assertFalse(context.getLogger("archipel.http.Dispatcher").isInfoEnabled());
        assertTrue(context.getLogger("archipel.http.Dispatcher").isWarnEnabled());
        assertFalse(context.getLogger("org.eclipse.jetty.server").isInfoEnabled());
    }

    @Test
    void follow_levelChanged_countsAtOnceForArchipelAlone() {
        Settings settings = Settings.defaults(NodeSettings.ALL);
        Logging.configure(context);
        Logging.follow(settings, context);
        settings.change(Objects.requireNonNull(NodeSettings.LOG_LEVEL.shownAs()), "debug", false);
        assertTrue(context.getLogger("archipel.http.Dispatcher").isDebugEnabled());
        assertFalse(context.getLogger("org.eclipse.jetty.server").isInfoEnabled());
        settings.change(Objects.requireNonNull(NodeSettings.LOG_LEVEL.shownAs()), "error", false);
        assertFalse(context.getLogger("archipel.http.Dispatcher").isWarnEnabled());
        assertFalse(context.getLogger("org.eclipse.jetty.server").isWarnEnabled());
        assertTrue(context.getLogger("archipel.server.Server").isInfoEnabled());
    }

    @Test
    void follow_json_writesJson() {
        Logging.configure(context);
        Logging.follow(Settings.of(NodeSettings.ALL, Map.of("log_format", "json"), Map.of()), context);
        assertInstanceOf(JsonLines.class, appender().getEncoder());
        assertEquals("System.err", appender().getTarget());
    }

    @Test
    void json_messageWithArguments_isFilledIn() {
        JsonNode line = json(event("archipel.x.Y", "{} of {}", "Unclosed \"group\n", 7));
        assertEquals("Unclosed \"group\n of 7", line.path("message").asString());
        assertEquals("archipel.x.Y", line.path("logger").asString());
        assertEquals("WARN", line.path("level").asString());
        assertEquals(5, line.size(), line::toString);
    }

    @Test
    void json_fields_haveTheirTypes() {
        LoggingEvent event = event("archipel.access", "a line");
        for (Map.Entry<String, ?> field : Map.of("status", 200, "milliseconds", 3.4, "message", "x", "ok", true)
                .entrySet()) {
            event.addKeyValuePair(new KeyValuePair(field.getKey(), field.getValue()));
        }
        event.addKeyValuePair(new KeyValuePair("user", null));
        JsonNode line = json(event);
        assertEquals(200, line.path("status").intValue());
        assertEquals(3.4, line.path("milliseconds").doubleValue());
        assertTrue(line.path("ok").booleanValue());
        assertTrue(line.path("user").isNull());
        assertEquals("a line", line.path("message").asString());
    }

    @Test
    void json_exception_isOneLineWithItsStack() {
        Logger logger = context.getLogger("archipel.x.Y");
        LoggingEvent event = new LoggingEvent(
                "x", logger, Level.ERROR, "failed {}", new IllegalStateException("why"), new Object[] {1});
        assertTrue(json(event).path("stack").asString().contains("IllegalStateException: why"));
    }

    @Test
    void libraries_quotingClients_areSilent() {
        Logging.configure(context);
        for (String name : new String[] {
            "org.eclipse.jetty.http.HttpParser", "org.eclipse.jetty.util.HostPort", "org.eclipse.jetty.http2.parser.X"
        }) {
            assertFalse(context.getLogger(name).isWarnEnabled(), name);
        }
        assertTrue(context.getLogger("org.eclipse.jetty.util.thread.QueuedThreadPool")
                .isWarnEnabled());
    }

    @Test
    void libraries_floodOfLines_isBounded() {
        Logging.configure(context);
        int through = 0;
        for (int i = 0; i < 100; i++) {
            LoggingEvent event = event("org.eclipse.jetty.io.X", "again");
            event.setTimeStamp(60_000_000);
            through += appender().getFilterChainDecision(event) == FilterReply.DENY ? 0 : 1;
        }
        assertEquals(LibraryLines.A_MINUTE, through);
        LoggingEvent later = event("org.eclipse.jetty.io.X", "again");
        later.setTimeStamp(60_060_000);
        assertEquals(FilterReply.NEUTRAL, appender().getFilterChainDecision(later));
        LoggingEvent own = event("archipel.x.Y", "own");
        own.setTimeStamp(60_000_000);
        assertEquals(FilterReply.NEUTRAL, appender().getFilterChainDecision(own));
    }

    private ConsoleAppender<ILoggingEvent> appender() {
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        return (ConsoleAppender<ILoggingEvent>) root.getAppender("stderr");
    }

    private LoggingEvent event(String logger, String message, @Nullable Object... arguments) {
        return new LoggingEvent("x", context.getLogger(logger), Level.WARN, message, null, arguments);
    }

    private static JsonNode json(ILoggingEvent event) {
        String line = new String(new JsonLines().encode(event), StandardCharsets.UTF_8);
        assertEquals(line.length() - 1, line.indexOf('\n'));
        return new JsonMapper().readTree(line);
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

        Logging.follow(Settings.of(NodeSettings.ALL, Map.of("log_format", "json"), Map.of()), context);
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
        Logging.follow(Settings.defaults(NodeSettings.ALL), context);
        assertNull(context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("stderr"));
        assertTrue(context.getLogger("org.eclipse.jetty.server").isDebugEnabled());
    }
}
