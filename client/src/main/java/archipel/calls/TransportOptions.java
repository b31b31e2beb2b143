package archipel.calls;

import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * How requests are made.
 *
 * @param connecting how long a connection may take to come up
 * @param attempt how long one node may take to answer before another one is asked
 * @param patience for how long it is tried at all
 * @param silence how long the body of an answer may stand still
 * @param largestAnswer in bytes, of answers that are held in memory as a whole
 * @param sessions whether to log in once and send a cookie, instead of name and password with each request
 * @param trusted what certificates are compared with; null for those that Java trusts
 */
public record TransportOptions(
        Duration connecting,
        Duration attempt,
        Duration patience,
        Duration silence,
        int largestAnswer,
        boolean sessions,
        @Nullable SSLContext trusted) {}
