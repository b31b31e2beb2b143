package archipel.health;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The problems a node has at the moment. Safe for use by many threads, and cheap enough to be told of every failure and
 * every success: a report of a known problem and the withdrawal of an absent one change nothing.
 *
 * <p>The log gets one line when a problem begins and one when it is over, however often it is reported in between; a
 * problem that comes and goes is logged once a minute at the most.
 */
public final class Health {
    private static final System.Logger LOG = System.getLogger(Health.class.getName());
    private static final Duration BETWEEN_LINES = Duration.ofMinutes(1);

    private final InstantSource clock;
    private final Map<Problem, Instant> lastLogged = new EnumMap<>(Problem.class);
    // Shown, and not logged so far.
    private final Set<Problem> expected = EnumSet.noneOf(Problem.class);
    private final Map<Problem, Long> counts = new EnumMap<>(Problem.class);
    // Replaced, never changed, so that reading takes no lock.
    private volatile Map<Problem, Report> reports = new EnumMap<>(Problem.class);

    public Health() {
        this(InstantSource.system());
    }

    public Health(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * Says that there is a problem. The first report counts; a later one changes the text alone.
     *
     * @param detail one sentence for operators, without names or contents of documents, since {@code /_up} shows it to
     *     everybody
     */
    public void report(Problem problem, String detail) {
        Report known = reports.get(problem);
        if (known == null || !known.detail().equals(detail) || isExpected(problem)) {
            replace(problem, detail);
        }
    }

    /**
     * Says that something is as with that problem, and is expected to be for now: it is shown in the same way, and is
     * neither counted nor logged before it is reported.
     */
    public synchronized void expect(Problem problem, String detail) {
        if (!reports.containsKey(problem)) {
            expected.add(problem);
            put(problem, new Report(problem, detail, clock.instant()));
        }
    }

    /** Says that the problem is over, or that there is none. */
    public void withdraw(Problem problem) {
        if (reports.containsKey(problem)) {
            replace(problem, null);
        }
    }

    /** What is wrong now, in the order of {@link Problem}; empty when all is well. */
    public List<Report> problems() {
        return new ArrayList<>(reports.values());
    }

    public boolean has(Problem problem) {
        return reports.containsKey(problem);
    }

    /** How often the problem began since the process started. */
    public synchronized long count(Problem problem) {
        return counts.getOrDefault(problem, 0L);
    }

    private synchronized void replace(Problem problem, @Nullable String detail) {
        Instant now = clock.instant();
        boolean was = expected.remove(problem);
        Report known = was && detail != null ? null : reports.get(problem);
        if (detail == null) {
            if (known == null) {
                return;
            }
            put(problem, null);
            if (!was) {
                log(
                        problem,
                        Level.INFO,
                        "over after " + Duration.between(known.since(), now).toSeconds() + " s");
            }
        } else if (known == null) {
            counts.merge(problem, 1L, Long::sum);
            put(problem, new Report(problem, detail, now));
            Instant last = lastLogged.get(problem);
            if (last == null || Duration.between(last, now).compareTo(BETWEEN_LINES) >= 0) {
                lastLogged.put(problem, now);
                log(problem, Level.ERROR, detail);
            }
        } else {
            put(problem, new Report(problem, detail, known.since()));
        }
    }

    private void put(Problem problem, @Nullable Report report) {
        Map<Problem, Report> changed = new EnumMap<>(Problem.class);
        changed.putAll(reports);
        if (report == null) {
            changed.remove(problem);
        } else {
            changed.put(problem, report);
        }
        reports = changed;
    }

    private synchronized boolean isExpected(Problem problem) {
        return expected.contains(problem);
    }

    private static void log(Problem problem, Level level, String text) {
        LOG.log(level, "{0}: {1}", problem.label(), text);
    }

    /** @param since when the problem began */
    public record Report(Problem problem, String detail, Instant since) {}
}
