package archipel.auth;

import archipel.changes.SteadyClock;
import archipel.memory.BoundedMap;
import java.util.List;
import java.util.OptionalLong;

/**
 * Keeps clients from filling the log with their failures. A line is written if there were few enough in the last minute
 * for its account, its network and the node; the next one says how many were left out.
 */
final class LogPace {
    private static final long MINUTE_MS = 60_000;
    private static final int REMEMBERED = 10_000;
    private static final int LINES_OF_NETWORK = 20;
    private static final int LINES_OF_NODE = 200;

    private final SteadyClock clock;
    private final BoundedMap<Scope, Minute> minutes = new BoundedMap<>(() -> REMEMBERED);

    LogPace(SteadyClock clock) {
        this.clock = clock;
    }

    /**
     * How many lines of this kind were left out since the last one; empty where this one is left out too.
     *
     * @param kind what happened to the account
     */
    synchronized OptionalLong next(Lockout.Account account, String kind) {
        List<Scope> scopes = List.of(
                new Scope(kind, account.peer(), account.user(), 1),
                new Scope(kind, account.peer(), "", LINES_OF_NETWORK),
                new Scope(kind, "", "", LINES_OF_NODE));
        for (Scope scope : scopes) {
            Minute minute = current(scope);
            if (minute.lines >= scope.most) {
                minutes.put(scope, new Minute(minute.startMs, minute.lines, minute.leftOut + 1));
                return OptionalLong.empty();
            }
        }
        long leftOut = 0;
        for (Scope scope : scopes) {
            Minute minute = current(scope);
            leftOut += minute.leftOut;
            minutes.put(scope, new Minute(minute.startMs, minute.lines + 1, 0));
        }
        return OptionalLong.of(leftOut);
    }

    private Minute current(Scope scope) {
        Minute known = minutes.get(scope);
        long nowMs = clock.millis();
        if (known == null) {
            return new Minute(nowMs, 0, 0);
        }
        return nowMs - known.startMs < MINUTE_MS ? known : new Minute(nowMs, 0, known.leftOut);
    }

    /** Whose lines are counted together; an empty text stands for all. */
    private record Scope(String kind, String network, String user, int most) {}

    /** @param leftOut since the last line that was written */
    private record Minute(long startMs, int lines, long leftOut) {}
}
