package archipel.http;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One line for each request that was answered, where the setting {@code access_log} asks for it:
 *
 * <pre>{@code 192.0.2.7 "zoë" GET /islands/_all_docs?limit=2 200 3.4ms 512B 7-0x0123…}</pre>
 *
 * <p>The status is 0 where the answer did not reach its end, mostly since the client had gone. Bytes are those of the
 * body as it was sent, compressed where it was; the duration ends with the answer, so that a feed's line comes when the
 * feed ends. What a client made up cannot begin a line or imitate another field. In the JSON format each field is a
 * member of its own.
 */
final class AccessLog {
    private static final Logger LOG = LoggerFactory.getLogger("archipel.access");

    private AccessLog() {}

    static void log(Request request, Answer answer, int status, long nanoseconds) {
        String user = request.user().name();
        String target = LogText.plain(request.target());
        double milliseconds = Math.round(nanoseconds / 1e5) / 10.0;
        String block = answer.blockShown();
        LOG.atInfo()
                .addKeyValue("peer", request.peer())
                .addKeyValue("user", user)
                .addKeyValue("method", LogText.plain(request.method()))
                .addKeyValue("target", target)
                .addKeyValue("status", status)
                .addKeyValue("milliseconds", milliseconds)
                .addKeyValue("bytes", answer.sentBytes())
                .addKeyValue("block", block)
                .log(line(request, answer, user, target, status, milliseconds, block));
    }

    private static String line(
            Request request,
            Answer answer,
            @Nullable String user,
            String target,
            int status,
            double milliseconds,
            @Nullable String block) {
        return request.peer() + ' ' + (user == null ? "-" : LogText.quoted(user)) + ' '
                + LogText.plain(request.method()) + ' ' + target + ' ' + status + ' ' + milliseconds + "ms "
                + answer.sentBytes() + "B " + (block == null ? "-" : block);
    }
}
