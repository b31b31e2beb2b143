package archipel.coordination;

import archipel.engine.Node;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Ends sessions whose time is over. A server ends those of its own clients, from whom it hears itself. It says that it
 * lives by a command now and then ({@link TreeCommand.Beat}); where none has come for longer than a session may be
 * silent, whoever leads ends the session. A server whose own commands do not come back sends its clients away before
 * that: nobody takes a session for alive that others may have ended.
 *
 * <p>Whoever was stopped for a while (a pause of the machine, or of the process) has heard from nobody meanwhile, and
 * waits anew.
 */
final class SessionKeeper implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(SessionKeeper.class.getName());
    private static final int LOOKS_PER_TICK = 8;
    private static final int PAUSED_LOOKS = 4;

    private final Coordination home;
    private final CoordinationOptions options;
    private final LongSupplier steadyMs;
    private final long lookMs;
    private final ScheduledThreadPoolExecutor loop;
    // When a command of each server was heard of last.
    private final Map<String, Long> heard = new ConcurrentHashMap<>();
    // Sessions whose end is under way, by when that was asked for.
    private final Map<Long, Long> ending = new ConcurrentHashMap<>();
    // Sessions that this server has and whose clients it has never heard of, by when that was seen first.
    private final Map<Long, Long> orphans = new ConcurrentHashMap<>();
    // Sessions whose clients want to go on with them here, and how many times.
    private final Map<Long, Integer> moving = new ConcurrentHashMap<>();
    // What is appended for a session of this server, its end or that it goes on, is appended one after the other.
    private final ReentrantLock order = new ReentrantLock();
    private final Containers containers;
    private volatile boolean beating;
    // For the loop: since when this server leads in that term, as it has seen.
    private long ledTerm;
    private long ledSinceMs;
    private long lastLookMs;
    private long lastBeatMs;
    private boolean sendingAway;
    // As of when what this server knows was confirmed.
    private volatile long confirmedMs;

    SessionKeeper(Coordination home, CoordinationOptions options, LongSupplier steadyMs) {
        this.home = home;
        this.options = options;
        this.steadyMs = steadyMs;
        this.lookMs = Math.clamp(options.tick().toMillis() / LOOKS_PER_TICK, 20, 1_000);
        this.containers = new Containers(options, steadyMs);
        this.loop = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "archipel-sessions");
            thread.setDaemon(true);
            return thread;
        });
    }

    void begin(Node node) {
        lastLookMs = steadyMs.getAsLong();
        confirmedMs = lastLookMs;
        loop.scheduleWithFixedDelay(this::look, lookMs, lookMs, TimeUnit.MILLISECONDS);
    }

    /**
     * A server lives. It says so as long as it has sessions; the first one that it gets, which comes before that,
     * counts too, and before anybody can know of the session: the server may have been silent for long until then.
     */
    void heard(String server) {
        heard.put(server, steadyMs.getAsLong());
    }

    private void look() {
        try {
            home.look();
            Tree.State state = home.tree().state();
            Node node = home.node();
            if (state == null || node == null) {
                return;
            }
            long nowMs = steadyMs.getAsLong();
            if (nowMs - lastLookMs > PAUSED_LOOKS * lookMs) {
                begin(state, nowMs);
            }
            lastLookMs = nowMs;
            beat(state, nowMs);
            endOwn(state, nowMs);
            sendAway(state, nowMs);
            OptionalLong term = node.term();
            if (term.isPresent()) {
                if (term.getAsLong() != ledTerm) {
                    // What was heard of before is not all that has been: this server may have been behind.
                    ledTerm = term.getAsLong();
                    ledSinceMs = nowMs;
                }
                node.inTerm(ledTerm, () -> lead(state, nowMs));
            }
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "sessions cannot be looked after", e);
        }
    }

    // Nothing was heard meanwhile, whoever has said something.
    private void begin(Tree.State state, long nowMs) {
        ledSinceMs = nowMs;
        orphans.clear();
        state.sessions().touches().replaceAll((session, touch) -> new Sessions.Touch(nowMs, touch.timeoutMs()));
    }

    private long beatMs() {
        return Math.max(lookMs, options.tick().toMillis() / 4);
    }

    private void beat(Tree.State state, long nowMs) {
        if (beating || nowMs - lastBeatMs < beatMs()) {
            return;
        }
        if (!hasSessions(state)) {
            confirmedMs = nowMs;
            return;
        }
        lastBeatMs = nowMs;
        CompletableFuture<Boolean> told =
                home.append(new TreeCommand.Beat(options.server().get()));
        beating = true;
        told.whenComplete((done, failure) -> {
            if (failure == null) {
                confirmedMs = Math.max(confirmedMs, nowMs);
            }
            beating = false;
        });
    }

    private boolean hasSessions(Tree.State state) {
        return !state.sessions().touches().isEmpty()
                || state.sessions().all().values().stream()
                        .anyMatch(held -> held.server().equals(options.server().get()));
    }

    private void endOwn(Tree.State state, long nowMs) {
        String own = options.server().get();
        state.sessions().touches().forEach((session, touch) -> {
            if (isSilent(touch, nowMs)) {
                endOwn(state, session, nowMs);
            }
        });
        // Of a former run of this server: their clients have not come back to it.
        orphans.keySet().removeIf(session -> !isOrphan(state, session, own));
        state.sessions().all().forEach((session, held) -> {
            if (isOrphan(state, session, own)
                    && nowMs - orphans.computeIfAbsent(session, first -> nowMs) > held.timeoutMs()) {
                endOwn(state, session, nowMs);
            }
        });
    }

    private static boolean isSilent(Sessions.Touch touch, long nowMs) {
        return nowMs - touch.atMs() > touch.timeoutMs();
    }

    // Not while its client is about to go on with it: the end would come behind that in the log, and be true.
    private void endOwn(Tree.State state, long session, long nowMs) {
        order.lock();
        try {
            Sessions.Touch touch = state.sessions().touches().get(session);
            if (!moving.containsKey(session) && (touch == null || isSilent(touch, nowMs))) {
                end(state, new TreeCommand.Expire(session, options.server().get(), TreeCommand.Expire.OWN), nowMs);
            }
        } finally {
            order.unlock();
        }
    }

    /** A client wants to go on with its session here. It is not silent until it is known whether it may. */
    CompletableFuture<Boolean> move(long session, int timeoutMs) {
        CompletableFuture<Boolean> moved;
        order.lock();
        try {
            moved = home.append(new TreeCommand.Move(options.server().get(), session));
            moving.merge(session, 1, Integer::sum);
        } finally {
            order.unlock();
        }
        return moved.whenComplete((valid, failure) -> {
            Tree.State state = home.tree().state();
            if (state != null && failure == null && valid) {
                state.sessions().begin(session, timeoutMs);
            }
            moving.computeIfPresent(session, (id, many) -> many == 1 ? null : many - 1);
        });
    }

    private static boolean isOrphan(Tree.State state, long session, String own) {
        Sessions.Held held = state.sessions().find(session);
        return held != null
                && held.server().equals(own)
                && !state.sessions().touches().containsKey(session);
    }

    // Of a session that others may end, nobody is told here that it lives.
    private void sendAway(Tree.State state, long nowMs) {
        long unsureMs = nowMs - confirmedMs;
        int away = 0;
        for (Map.Entry<Long, Sessions.Touch> one : state.sessions().touches().entrySet()) {
            if (unsureMs > one.getValue().timeoutMs() * 2L / 3) {
                home.disconnect(one.getKey());
                away++;
            }
        }
        if (away > 0 && !sendingAway) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0} clients have to look for another server: no command of this one was applied for {1} ms",
                    away,
                    unsureMs);
        }
        sendingAway = away > 0;
    }

    private void lead(Tree.State state, long nowMs) {
        endOthers(state, nowMs);
        containers.look(state, nowMs);
    }

    private void endOthers(Tree.State state, long nowMs) {
        String own = options.server().get();
        state.sessions().all().forEach((session, held) -> {
            if (held.server().equals(own)) {
                return;
            }
            long sinceMs = Math.max(ledSinceMs, heard.getOrDefault(held.server(), Long.MIN_VALUE));
            if (nowMs - sinceMs > held.timeoutMs() + 2 * beatMs()) {
                long beat = state.sessions().beats(held.server());
                end(state, new TreeCommand.Expire(session, held.server(), beat), nowMs);
            }
        });
    }

    private void end(Tree.State state, TreeCommand.Expire expire, long nowMs) {
        long session = expire.session();
        Long asked = ending.get(session);
        if (asked != null && nowMs - asked < options.tick().toMillis()) {
            return;
        }
        ending.put(session, nowMs);
        LOG.log(System.Logger.Level.DEBUG, "session 0x{0} has been silent for too long", Long.toHexString(session));
        home.append(expire).whenComplete((done, failure) -> {
            ending.remove(session);
            if (failure == null && !done && expire.beat() == TreeCommand.Expire.OWN) {
                // It never began, or is another server's.
                state.sessions().forget(session);
            }
        });
    }

    @Override
    public void close() {
        loop.shutdownNow();
    }
}
