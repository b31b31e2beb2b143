package archipel.nemesis;

import archipel.cluster.LoopbackPort;
import archipel.cluster.ServerOptions.Place;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Members on one loopback address that reach each other over {@link Wire}s: needs no rights and no other programs. It
 * cuts less than {@link HostNetwork} does: members tell each other where they are once they have met, and connections
 * that they make after that pass no wire.
 */
final class LoopbackNetwork implements Network {
    private final int[] ports;
    private final int[][] entries;
    private final Wire.Flow[][] flows;
    private final List<Wire> wires = new ArrayList<>();

    LoopbackNetwork(int nodes) throws IOException {
        ports = new int[nodes];
        for (int node = 0; node < nodes; node++) {
            ports[node] = LoopbackPort.free();
        }
        entries = new int[nodes][nodes];
        flows = new Wire.Flow[nodes][nodes];
        for (Wire.Flow[] from : flows) {
            Arrays.setAll(from, to -> new Wire.Flow());
        }
        for (int from = 0; from < nodes; from++) {
            for (int to = 0; to < nodes; to++) {
                if (from == to) {
                    entries[from][to] = ports[to];
                } else {
                    ServerSocket entry = new ServerSocket(LoopbackPort.free(), 50, InetAddress.getLoopbackAddress());
                    entries[from][to] = entry.getLocalPort();
                    wires.add(new Wire(entry, ports[to], flows[from][to], flows[to][from]));
                }
            }
        }
    }

    @Override
    public Place place(int node) {
        return Place.LOOPBACK;
    }

    @Override
    public String members(int node) {
        List<String> members = new ArrayList<>();
        for (int other = 0; other < ports.length; other++) {
            members.add(Network.name(other) + "=127.0.0.1:" + entries[node][other]);
        }
        return String.join(",", members);
    }

    /** Each reaches it by a wire of its own. */
    @Override
    public boolean hasOneAddressForAll() {
        return false;
    }

    @Override
    public String member(int node) {
        return Network.name(node) + "=127.0.0.1:" + ports[node];
    }

    @Override
    public void cut(int from, int to) {
        flows[from][to].cut();
    }

    @Override
    public void delay(int from, int to, int ms) {
        flows[from][to].delay(ms);
    }

    @Override
    public void lose(int from, int to, int percent) {
        flows[from][to].lose(percent);
    }

    @Override
    public void heal() {
        for (Wire.Flow[] from : flows) {
            for (Wire.Flow flow : from) {
                flow.heal();
            }
        }
    }

    @Override
    public void close() throws IOException {
        heal();
        for (Wire wire : wires) {
            wire.close();
        }
    }
}
