package archipel.trees;

import archipel.report.Ticks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The members of an ensemble by their roles, as they say themselves: a client of the leader and one of a follower wait
 * for different things.
 *
 * @param addresses where each serves clients
 * @param leader which of them leads
 */
record Members(List<String> addresses, int leader) {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int MOST_MS = 2_000;

    Members {
        addresses = List.copyOf(addresses);
    }

    /** Waits until all serve, one of them as the leader. */
    static Members await(List<String> addresses) throws IOException {
        long began = Ticks.now();
        while (Ticks.now() - began < PATIENCE.toNanos()) {
            int leader = -1;
            int serving = 0;
            for (int member = 0; member < addresses.size(); member++) {
                String said = said(addresses.get(member));
                serving += said.contains("Mode: ") ? 1 : 0;
                leader = said.contains("Mode: leader") ? member : leader;
            }
            if (serving == addresses.size() && leader >= 0) {
                return new Members(addresses, leader);
            }
            Ticks.pause(Duration.ofMillis(100));
        }
        throw new IOException("no leader among " + addresses);
    }

    String leading() {
        return addresses.get(leader);
    }

    List<String> following() {
        List<String> others = new ArrayList<>(addresses);
        others.remove(leader);
        return others;
    }

    /** The leader, then the others. */
    List<String> byRole() {
        List<String> all = new ArrayList<>(List.of(leading()));
        all.addAll(following());
        return all;
    }

    /** Fails where another one leads by now: what was measured is then of no one role. */
    void requireSameLeader() throws IOException {
        int now = await(addresses).leader;
        if (now != leader) {
            throw new IOException("member " + leader + " led at first, and member " + now + " in the end");
        }
    }

    private static String said(String address) {
        int port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(MOST_MS);
            socket.getOutputStream().write("srvr".getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException notYet) {
            return "";
        }
    }
}
