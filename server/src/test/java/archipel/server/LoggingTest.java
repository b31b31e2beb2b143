package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.settings.Declared;
import archipel.settings.Settings;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import java.util.Map;
import java.util.Objects;
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
    void follow_logOfSomebodyElse_isLeftAlone() {
        Logging.follow(Settings.defaults(), context);
        assertNull(context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("stderr"));
        assertTrue(context.getLogger("org.eclipse.jetty.server").isDebugEnabled());
    }
}
