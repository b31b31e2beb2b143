package archipel.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** How many strangers there may be, and how many are told of. */
class RefusalsTest {
    private static final Bounds BOUNDS = new Bounds(1, 1, 1, 1, 5, 2);

    private static InetAddress address(int last) {
        try {
            return InetAddress.getByAddress(new byte[] {10, 0, 0, (byte) last});
        } catch (UnknownHostException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @Test
    void enter_oneAddress_getsItsShareAlone() {
        UnprovedConnections connections = new UnprovedConnections(BOUNDS, member -> null);
        UnprovedConnections.Place place = connections.enter(address(1));
        assertNotNull(place);
        assertNotNull(connections.enter(address(1)));
        assertNull(connections.enter(address(1)));
        assertNotNull(connections.enter(address(2)));
        assertNotNull(connections.enter(address(3)));
        assertNotNull(connections.enter(address(4)));
        assertNull(connections.enter(address(5)));
        connections.leave(place);
        assertNotNull(connections.enter(address(1)));
        assertEquals(5, connections.count());
    }

    @Test
    void enter_addressOfAMember_hasPlacesOfItsOwn() {
        Set<String> members = new TreeSet<>(Set.of("a", "b"));
        UnprovedConnections connections =
                new UnprovedConnections(BOUNDS, member -> members.contains(member) ? Members.loopback(1) : null);
        for (int i = 0; i < 5; i++) {
            assertNotNull(connections.enter(address(10 + i)));
        }
        assertNull(connections.enter(address(1)));
        connections.dialed("a", address(1), address(2), address(2));
        connections.proved("b", address(3));
        List<UnprovedConnections.Place> places = new ArrayList<>();
        for (int last : new int[] {1, 1, 2, 3}) {
            UnprovedConnections.Place place = connections.enter(address(last));
            assertNotNull(place);
            places.add(place);
        }
        assertNull(connections.enter(address(1)));
        assertEquals(9, connections.count());
        members.clear();
        places.forEach(connections::leave);
        assertNull(connections.enter(address(1)));
        assertEquals(5, connections.count());
    }

    @Test
    void enter_oneNetworkOfIpv6_getsTheShareOfOneAddress() throws UnknownHostException {
        UnprovedConnections connections =
                new UnprovedConnections(BOUNDS, member -> member.equals("a") ? Members.loopback(1) : null);
        assertNotNull(connections.enter(InetAddress.getByName("2001:db8:1:2::1")));
        assertNotNull(connections.enter(InetAddress.getByName("2001:db8:1:2:ffff::2")));
        assertNull(connections.enter(InetAddress.getByName("2001:db8:1:2::3")));
        assertNotNull(connections.enter(InetAddress.getByName("2001:db8:1:3::1")));
        // A member in the same network is told apart.
        connections.dialed("a", InetAddress.getByName("2001:db8:1:2::9"));
        assertNotNull(connections.enter(InetAddress.getByName("2001:db8:1:2::9")));
        assertNull(connections.enter(InetAddress.getByName("2001:db8:1:2::3")));
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
