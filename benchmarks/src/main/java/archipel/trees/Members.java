package archipel.trees;

import archipel.report.Ticks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** What members say of themselves. */
final class Members {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int MOST_MS = 2_000;

    private Members() {}

    /** Waits until all serve, one of them as the leader. @return that one's number */
    static int awaitLeader(List<String> addresses) throws IOException {
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
                return leader;
            }
            Ticks.pause(Duration.ofMillis(100));
        }
        throw new IOException("no leader among " + addresses);
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
