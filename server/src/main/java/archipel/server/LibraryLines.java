package archipel.server;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.HashMap;
import java.util.Map;

/**
 * Bounds what libraries log: so many lines a minute of each logger. Whoever can make a library complain, which for a
 * web server is anybody, could fill the disk with it otherwise.
 */
final class LibraryLines extends Filter<ILoggingEvent> {
    static final int A_MINUTE = 10;
    private static final long MINUTE_MS = 60_000;

    private final Map<String, Integer> lines = new HashMap<>();
    private long minute;

    @Override
    public FilterReply decide(ILoggingEvent event) {
        String logger = event.getLoggerName();
        if (logger.startsWith("archipel")) {
            return FilterReply.NEUTRAL;
        }
        synchronized (lines) {
            long now = event.getTimeStamp() / MINUTE_MS;
            if (now != minute) {
                minute = now;
                lines.clear();
            }
            return lines.merge(logger, 1, Integer::sum) <= A_MINUTE ? FilterReply.NEUTRAL : FilterReply.DENY;
        }
    }
}
