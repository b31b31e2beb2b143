package archipel.transport;

import archipel.changes.Threads;
import archipel.identity.NodeIdentity;
import java.security.SecureRandom;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** What all parts of one transport have in common. */
final class TransportContext {
    private final TransportOptions options;
    private final NodeIdentity identity;
    private final Proof proof;
    private final Addresses addresses;
    private final Threads threads;
    private final LongSupplier clockMs;
    private final Sweeper sweeper;
    private final UnprovedConnections unproved;
    private final TransportCounters counters = new TransportCounters();
    private final SecureRandom random = new SecureRandom();
    private final Set<Thread> running = ConcurrentHashMap.newKeySet();
    private volatile boolean started;

    TransportContext(
            TransportOptions options,
            NodeIdentity identity,
            MemberSecret secret,
            Addresses addresses,
            Threads threads,
            LongSupplier clockMs) {
        this.options = options;
        this.identity = identity;
        this.proof = new Proof(secret);
        this.addresses = addresses;
        this.threads = threads;
        this.clockMs = clockMs;
        this.sweeper = new Sweeper(clockMs);
        this.unproved = new UnprovedConnections(options.bounds(), addresses);
    }

    TransportOptions options() {
        return options;
    }

    NodeIdentity identity() {
        return identity;
    }

    Proof proof() {
        return proof;
    }

    Addresses addresses() {
        return addresses;
    }

    LongSupplier clockMs() {
        return clockMs;
    }

    long nowMs() {
        return clockMs.getAsLong();
    }

    UnprovedConnections unproved() {
        return unproved;
    }

    Sweeper sweeper() {
        return sweeper;
    }

    TransportCounters counters() {
        return counters;
    }

    byte[] nonce() {
        byte[] nonce = new byte[Proof.NONCE_BYTES];
        random.nextBytes(nonce);
        return nonce;
    }

    void begin() {
        started = true;
    }

    /** Whether connections can be made: what looks after them runs. */
    boolean hasBegun() {
        return started;
    }

    /** Whether somebody who has proved to know the secret is a member now. */
    boolean isMember(String member, String fingerprint) {
        return addresses.addressOf(member) != null && options.admission().admits(member, fingerprint);
    }

    /** Starts a thread that {@link #awaitThreads} waits for. */
    Thread start(String name, Runnable work) {
        Thread thread = threads.background("archipel-" + name, () -> {
            try {
                work.run();
            } finally {
                running.remove(Thread.currentThread());
            }
        });
        running.add(thread);
        try {
            thread.start();
        } catch (OutOfMemoryError none) {
            running.remove(thread);
            throw none;
        }
        return thread;
    }

    boolean isOwnThread() {
        return running.contains(Thread.currentThread());
    }

    /** Waits until all threads have ended, at most for a while: one may be looking up a host. The sweeper is last. */
    void awaitThreads(long mostMs) {
        long endMs = nowMs() + mostMs;
        try {
            for (Thread thread : running) {
                if (!sweeper.runsOn(thread)) {
                    thread.join(Math.max(1, endMs - nowMs()));
                }
            }
            sweeper.close();
            for (Thread thread : running) {
                thread.join(Math.max(1, endMs - nowMs()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            sweeper.close();
        }
    }
}
