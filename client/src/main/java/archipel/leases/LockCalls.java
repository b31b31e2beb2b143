package archipel.leases;

import archipel.calls.Call;
import archipel.calls.Refusals;
import archipel.calls.Reply;
import archipel.calls.SteadyClock;
import archipel.calls.Transport;
import archipel.failures.ArchipelException;
import archipel.failures.CallInterruptedException;
import archipel.failures.ConflictException;
import archipel.failures.LockLostException;
import archipel.failures.LockedException;
import archipel.failures.NotFoundException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Requests about locks. */
final class LockCalls {
    private static final Logger LOG = LoggerFactory.getLogger(LockCalls.class);
    /** How long a release may take: whoever releases goes on with something else. */
    private static final Duration RELEASING = Duration.ofSeconds(3);

    private final Transport transport;
    private final JsonMapper json = new JsonMapper();

    LockCalls(Transport transport) {
        this.transport = transport;
    }

    /** What became of a renewal. */
    enum Renewal {
        DONE,
        /** No node answered; it may be tried again. */
        UNANSWERED,
        /** Somebody else may have the lock. */
        LOST
    }

    Transport transport() {
        return transport;
    }

    SteadyClock clock() {
        return transport.clock();
    }

    boolean isClosed() {
        return transport.isClosed();
    }

    static String path(String name) {
        return "/_locks/" + Call.encode(name);
    }

    /**
     * Asks for a lock. The request has an id, so that it has one place in the queue however often it is sent.
     *
     * @throws LockedException where it did not come in time
     * @throws LockLostException where it came, and could not be renewed at once; it is given back
     */
    HeldLock acquire(String name, LockOptions options) {
        ObjectNode body = json.createObjectNode()
                .put("owner", options.owner())
                .put("ttl", options.ttl().toMillis())
                .put("wait", options.waiting().toMillis())
                .put("request", UUID.randomUUID().toString());
        Call call = Call.write("POST", path(name))
                .json(json.writeValueAsBytes(body))
                .taking(options.waiting())
                .within(transport.options().patience().plus(options.waiting()));
        long sentAt = clock().nanos();
        Reply reply = transport.send(call);
        if (!reply.isSuccess()) {
            throw Refusals.of(reply);
        }
        long token = reply.json(json).path("token").asLong();
        LeaseClock lease = new LeaseClock(clock(), options.ttl(), sentAt);
        if (clock().nanos() - sentAt > lease.intervalNanos()) {
            // Granted some time after it was asked for; only a renewal tells until when it is held.
            lease = renewedOrReleased(name, token, options);
        }
        return new HeldLock(this, name, token, lease);
    }

    /** What the caller is not given must not keep others out. */
    private LeaseClock renewedOrReleased(String name, long token, LockOptions options) {
        try {
            return renewed(name, token, options);
        } catch (CallInterruptedException e) {
            release(name, token);
            throw e;
        } catch (ArchipelException e) {
            release(name, token);
            LockLostException lost =
                    new LockLostException(name, "It came after a wait and could not be renewed then: " + e.answer());
            lost.addSuppressed(e);
            throw lost;
        }
    }

    private LeaseClock renewed(String name, long token, LockOptions options) {
        long sentAt = clock().nanos();
        Reply reply = transport.send(renewal(name, token).within(options.ttl()));
        if (!reply.isSuccess()) {
            throw Refusals.of(reply);
        }
        return new LeaseClock(clock(), options.ttl(), sentAt);
    }

    private Call renewal(String name, long token) {
        return Call.write("PUT", path(name))
                .json(json.writeValueAsBytes(json.createObjectNode().put("token", token)));
    }

    Renewal renew(String name, long token, LeaseClock lease) {
        long sentAt = clock().nanos();
        try {
            Duration left = Duration.ofNanos(Math.max(1, Math.min(lease.leftNanos(), lease.intervalNanos())));
            Reply reply = transport.send(renewal(name, token).within(left));
            if (reply.isSuccess()) {
                lease.renewed(sentAt);
                return Renewal.DONE;
            }
            ArchipelException refusal = Refusals.of(reply);
            LOG.warn("the lock {} is not renewed: {}", name, refusal.answer());
            boolean gone = refusal instanceof NotFoundException || refusal instanceof ConflictException;
            return gone || refusal instanceof LockedException ? Renewal.LOST : Renewal.UNANSWERED;
        } catch (ArchipelException e) {
            LOG.debug("renewing the lock {} failed", name, e);
            return Renewal.UNANSWERED;
        } catch (IllegalStateException closed) {
            return Renewal.LOST;
        }
    }

    /** Also on a thread that was interrupted, which it stays: others wait for the lock. */
    void release(String name, long token) {
        boolean interrupted = Thread.interrupted();
        try {
            Reply reply = transport.send(Call.write("DELETE", path(name))
                    .with("token", Long.toString(token))
                    .within(RELEASING));
            // One that is not held is what was wanted.
            if (!reply.isSuccess() && reply.status() != 404 && reply.status() != 409) {
                LOG.warn("releasing the lock {}: {}", name, Refusals.read(reply.status(), reply.body()));
            }
        } catch (ArchipelException | IllegalStateException e) {
            LOG.warn("the lock {} could not be released, and ends by itself", name, e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    LockStatus status(String name) {
        Reply reply = transport.send(Call.read(path(name)));
        if (!reply.isSuccess()) {
            ArchipelException refusal = Refusals.of(reply);
            if (refusal instanceof NotFoundException) {
                return LockStatus.of(json.createObjectNode());
            }
            throw refusal;
        }
        return LockStatus.of(reply.json(json));
    }

    JsonNode read(String text) {
        return json.readTree(text);
    }

    /** Whether something is over before that time is. */
    boolean await(CountDownLatch over, long nanos) {
        try {
            return over.await(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }
}
