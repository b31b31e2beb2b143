package archipel.transport;

import java.net.InetAddress;

/** Tells listeners who was refused: ten at once, then one a second, with how many were passed over. */
final class RefusalReports {
    private static final int MOST = 10;
    private static final long REFILL_MS = 1000;

    private final Sweeper sweeper;
    // Under the lock of this object.
    private int left = MOST;
    private long refilledMs;
    private long passedOver;

    RefusalReports(Sweeper sweeper, long nowMs) {
        this.sweeper = sweeper;
        this.refilledMs = nowMs;
    }

    synchronized void report(InetAddress address, String reason, long nowMs) {
        long more = (nowMs - refilledMs) / REFILL_MS;
        refilledMs += more * REFILL_MS;
        left = (int) Math.min(MOST, left + more);
        if (left == 0) {
            passedOver++;
            return;
        }
        left--;
        String text = passedOver == 0 ? reason : reason + " (and " + passedOver + " more that were not reported)";
        passedOver = 0;
        sweeper.tell(listener -> listener.refused(address, text));
    }
}
