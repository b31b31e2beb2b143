package archipel.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How many strangers there may be, and how many are told of. */
class RefusalsTest {
    private static InetAddress address(int last) {
        try {
            return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
        } catch (UnknownHostException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @Test
    void enter_oneAddress_getsItsShareAlone() {
        UnprovedConnections connections = new UnprovedConnections(new Bounds(1, 1, 1, 1, 5, 2));
        assertTrue(connections.enter(address(1)));
        assertTrue(connections.enter(address(1)));
        assertFalse(connections.enter(address(1)));
        assertTrue(connections.enter(address(2)));
        assertTrue(connections.enter(address(3)));
        assertTrue(connections.enter(address(4)));
        assertFalse(connections.enter(address(5)));
        connections.leave(address(1));
        assertTrue(connections.enter(address(1)));
        assertEquals(5, connections.count());
    }

    @Test
    void report_flood_isToldOfOnceASecond() {
        long[] nowMs = {0};
        Sweeper sweeper = new Sweeper(() -> nowMs[0]);
        List<String> told = new ArrayList<>();
        sweeper.watch(new Listener() {
            @Override
            public void refused(InetAddress address, String reason) {
                told.add(reason);
            }
        });
        RefusalReports reports = new RefusalReports(sweeper, 0);
        for (int i = 0; i < 1000; i++) {
            reports.report(address(1), "wrong", nowMs[0]);
        }
        nowMs[0] = 1500;
        reports.report(address(1), "late", nowMs[0]);
        reports.report(address(1), "late", nowMs[0]);
        sweeper.close();
        sweeper.run();
        assertEquals(11, told.size());
        assertEquals("wrong", told.get(9));
        assertEquals("late (and 990 more that were not reported)", told.get(10));
    }
}
