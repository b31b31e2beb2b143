package archipel.coordination;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.zookeeper.KeeperException.SessionExpiredException;
import org.apache.zookeeper.KeeperException.SessionMovedException;
import org.apache.zookeeper.server.SessionTracker;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of all clients, as the commands so far have left them, and when this server has last heard from the
 * clients that are connected to it.
 *
 * <p>A session belongs to one server, which alone knows whether its client is silent. Where the server itself is
 * silent, whoever leads ends its sessions, unless their clients have gone to another one. All times are of steady
 * clocks, and of one machine: no clock that is set, and none that differs, ends a session early.
 */
final class Sessions implements SessionTracker {
    private final Supplier<String> server;
    private final LongSupplier steadyMs;
    private final SecureRandom random = new SecureRandom();
    private final Map<Long, Held> held = new ConcurrentHashMap<>();
    private final Map<String, Long> beats = new ConcurrentHashMap<>();
    // Of clients that are connected here, also those whose session is about to begin.
    private final Map<Long, Touch> touched = new ConcurrentHashMap<>();

    /** @param server what this one is called among those that share the tree */
    Sessions(Supplier<String> server, LongSupplier steadyMs) {
        this.server = server;
        this.steadyMs = steadyMs;
    }

    /**
     * A session as all servers know it.
     *
     * @param server that its client was connected to last
     */
    record Held(int timeoutMs, String server) {
        byte[] bytes() {
            try {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                DataOutputStream out = new DataOutputStream(bytes);
                out.writeInt(timeoutMs);
                out.writeUTF(server);
                return bytes.toByteArray();
            } catch (IOException e) {
                throw new IllegalStateException("a session cannot be written", e);
            }
        }

        static Held read(byte[] row) {
            try {
                DataInputStream in = new DataInputStream(new ByteArrayInputStream(row));
                return new Held(in.readInt(), in.readUTF());
            } catch (IOException e) {
                throw new IllegalStateException("the row of a session is damaged", e);
            }
        }
    }

    /** When a client was heard of last, and for how long it may be silent. */
    record Touch(long atMs, int timeoutMs) {}

    // What commands do. On the thread that applies.

    @Nullable
    Held find(long session) {
        return held.get(session);
    }

    void put(long session, Held state) {
        held.put(session, state);
    }

    void remove(long session) {
        held.remove(session);
    }

    long beats(String of) {
        return beats.getOrDefault(of, 0L);
    }

    void beats(String of, long count) {
        beats.put(of, count);
    }

    // For whoever ends sessions.

    Map<Long, Held> all() {
        return held;
    }

    Map<Long, Touch> touches() {
        return touched;
    }

    /** A client is not connected here any more, or its session is another server's. */
    void forget(long session) {
        touched.remove(session);
    }

    // What the pipeline wants.

    @Override
    public long createSession(int timeoutMs) {
        // Of a size that is no mark of a container or of a node with a time to live.
        long session;
        do {
            session = random.nextLong() >>> 2;
        } while (session == 0 || held.containsKey(session));
        touched.put(session, new Touch(steadyMs.getAsLong(), timeoutMs));
        return session;
    }

    @Override
    public boolean trackSession(long session, int timeoutMs) {
        return held.put(session, new Held(timeoutMs, server.get())) == null;
    }

    @Override
    public boolean commitSession(long session, int timeoutMs) {
        return true;
    }

    @Override
    public boolean touchSession(long session, int timeoutMs) {
        Touch now = new Touch(steadyMs.getAsLong(), timeoutMs);
        return touched.computeIfPresent(session, (id, before) -> now) != null;
    }

    /** A session's client is connected here from now on. */
    void begin(long session, int timeoutMs) {
        touched.put(session, new Touch(steadyMs.getAsLong(), timeoutMs));
    }

    @Override
    public void setSessionClosing(long session) {
        // What is not there any more has no more requests.
        held.remove(session);
    }

    @Override
    public void removeSession(long session) {
        touched.remove(session);
    }

    @Override
    public boolean isTrackingSession(long session) {
        return held.containsKey(session);
    }

    @Override
    public void checkSession(long session, Object owner) throws SessionExpiredException, SessionMovedException {
        Held state = held.get(session);
        if (state == null) {
            throw new SessionExpiredException();
        } else if (!state.server().equals(owner)) {
            throw new SessionMovedException();
        }
    }

    @Override
    public void checkGlobalSession(long session, Object owner) throws SessionExpiredException, SessionMovedException {
        checkSession(session, owner);
    }

    @Override
    public void setOwner(long session, Object owner) throws SessionExpiredException {
        Held moved = held.computeIfPresent(session, (id, state) -> new Held(state.timeoutMs(), owner.toString()));
        if (moved == null) {
            throw new SessionExpiredException();
        }
    }

    @Override
    public void shutdown() {
        touched.clear();
    }

    @Override
    public void dumpSessions(PrintWriter out) {
        out.println("Sessions (" + held.size() + "):");
        held.forEach((session, state) -> out.println("\t0x" + Long.toHexString(session) + " at " + state.server()));
    }

    @Override
    public Map<Long, Set<Long>> getSessionExpiryMap() {
        Map<Long, Set<Long>> expiries = new ConcurrentHashMap<>();
        touched.forEach((session, touch) -> expiries.computeIfAbsent(
                        touch.atMs() + touch.timeoutMs(), time -> ConcurrentHashMap.newKeySet())
                .add(session));
        return expiries;
    }

    @Override
    public long getLocalSessionCount() {
        return 0;
    }

    @Override
    public boolean isLocalSessionsEnabled() {
        return false;
    }

    @Override
    public Set<Long> globalSessions() {
        return held.keySet();
    }

    @Override
    public Set<Long> localSessions() {
        return Set.of();
    }
}
