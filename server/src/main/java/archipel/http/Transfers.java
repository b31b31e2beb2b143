package archipel.http;

import archipel.memory.MemoryBudget;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.server.Request;

/**
 * The pieces of bodies and answers that are on their way. A client that sends or takes a piece drop by drop keeps its
 * connection from ever being idle, and what the request has read open: after a while it is broken off. Bodies are
 * waited for less long, and have to come faster, while half of the memory for requests is taken.
 */
final class Transfers {
    /** A piece may take this many times as long as a client may take or send nothing at all. */
    private static final int PATIENCE = 4;

    /** While memory is scarce, bodies have to come this many times as fast. */
    static final int HURRY = 4;

    private final HttpSettings settings;
    private final MemoryBudget memory;
    private final Set<Transfer> underWay = ConcurrentHashMap.newKeySet();

    Transfers(HttpSettings settings, MemoryBudget memory) {
        this.settings = settings;
        this.memory = memory;
    }

    Transfer begin(Request request) {
        Transfer transfer = new Transfer(request);
        underWay.add(transfer);
        return transfer;
    }

    void end(Transfer transfer) {
        underWay.remove(transfer);
    }

    /** A measure of how fast a body comes. */
    Pace bodyPace() {
        return new Pace(settings, memory::isScarce);
    }

    /** A measure of how fast an answer is taken. */
    Pace answerPace() {
        return new Pace(settings, () -> false);
    }

    /** Breaks off those of which a piece took too long. */
    void closeLate() {
        long allowedMs = settings.transferTimeoutMs() * PATIENCE;
        long bodyMs = memory.isScarce() ? settings.transferTimeoutMs() / HURRY : allowedMs;
        for (Transfer transfer : underWay) {
            transfer.breakOffAfter(bodyMs, allowedMs);
        }
    }
}
