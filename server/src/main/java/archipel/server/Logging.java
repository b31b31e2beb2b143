package archipel.server;

import archipel.server.NodeSettings.LogFormat;
import archipel.settings.Settings;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.slf4j.LoggerFactory;

/**
 * The log: lines on the standard error stream, warnings and what happens to the node as a whole unless told otherwise.
 */
final class Logging {
    private static final String APPENDER = "stderr";
    // What they say of requests that are refused anyway quotes them, and anybody can send such.
    private static final List<String> QUOTING_CLIENTS = List.of(
            "org.eclipse.jetty.http",
            "org.eclipse.jetty.http2",
            "org.eclipse.jetty.hpack",
            "org.eclipse.jetty.util.HostPort");

    // They tell at length of each request that cannot be read, and of each connection that breaks off.
    private static final List<String> CLIENTS_OF_THE_TREE = List.of(
            "org.apache.zookeeper.server.FinalRequestProcessor",
            "org.apache.zookeeper.server.NIOServerCnxn",
            "org.apache.zookeeper.server.NIOServerCnxnFactory",
            "org.apache.zookeeper.server.PrepRequestProcessor",
            "org.apache.zookeeper.server.WorkerService",
            "org.apache.zookeeper.server.ZooKeeperServer");

    private Logging() {}

    /** As it is before the settings are known. */
    static void configure(LoggerContext context) {
        append(context, LogFormat.TEXT);
        setLevel(context, Level.WARN);
    }

    /** As the settings say, now and whenever they change; leaves a log alone that was set up by a file. */
    static void follow(Settings settings) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            follow(settings, context);
        }
    }

    static void follow(Settings settings, LoggerContext context) {
        if (context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender(APPENDER) == null) {
            return;
        }
        if (settings.get(NodeSettings.LOG_FORMAT) == LogFormat.JSON) {
            append(context, LogFormat.JSON);
        }
        setLevel(context, level(settings));
        settings.onChange(_ -> setLevel(context, level(settings)));
    }

    private static void append(LoggerContext context, LogFormat format) {
        Encoder<ILoggingEvent> encoder = encoder(context, format);
        encoder.setContext(context);
        encoder.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setName(APPENDER);
        appender.setTarget("System.err");
        appender.setEncoder(encoder);
        LibraryLines bound = new LibraryLines();
        bound.start();
        appender.addFilter(bound);
        appender.start();
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        Appender<ILoggingEvent> former = root.getAppender(APPENDER);
        root.addAppender(appender);
        if (former != null) {
            root.detachAppender(former);
        }
    }

    private static Encoder<ILoggingEvent> encoder(LoggerContext context, LogFormat format) {
        if (format == LogFormat.JSON) {
            return new JsonLines();
        }
        LogLines lines = new LogLines();
        lines.setContext(context);
        lines.start();
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setCharset(StandardCharsets.UTF_8);
        encoder.setLayout(lines);
        return encoder;
    }

    private static void setLevel(LoggerContext context, Level level) {
        context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(level.isGreaterOrEqual(Level.WARN) ? level : Level.WARN);
        QUOTING_CLIENTS.forEach(name -> context.getLogger(name).setLevel(Level.ERROR));
        context.getLogger("archipel").setLevel(level);
        // The consensus library takes each connection that is lost and each vote that comes late for an error. What
        // matters of it is told by those who use it.
        context.getLogger("com.alipay").setLevel(level == Level.DEBUG ? Level.INFO : Level.OFF);
        context.getLogger("org.apache.zookeeper").setLevel(level == Level.DEBUG ? Level.INFO : Level.ERROR);
        CLIENTS_OF_THE_TREE.forEach(
                name -> context.getLogger(name).setLevel(level == Level.DEBUG ? Level.INFO : Level.OFF));
        // The start and the stop are told in any case, and so are lines that are asked for by themselves.
        context.getLogger("archipel.access").setLevel(Level.INFO);
        context.getLogger("archipel.admin").setLevel(Level.INFO);
        context.getLogger("archipel.server").setLevel(level.isGreaterOrEqual(Level.INFO) ? Level.INFO : level);
    }

    private static Level level(Settings settings) {
        return switch (settings.get(NodeSettings.LOG_LEVEL)) {
            case ERROR -> Level.ERROR;
            case WARN -> Level.WARN;
            case INFO -> Level.INFO;
            case DEBUG -> Level.DEBUG;
        };
    }
}
