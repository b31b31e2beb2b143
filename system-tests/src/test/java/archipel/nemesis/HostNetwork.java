package archipel.nemesis;

import archipel.cluster.Hosts;
import archipel.cluster.Hosts.Way;
import archipel.cluster.ServerOptions.Place;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Members on hosts of their own, as namespaces of the network: what is cut is lost, packet by packet. */
final class HostNetwork implements Network {
    private static final int PORT = 7000;

    private final int nodes;
    private final Hosts hosts;

    HostNetwork(int nodes) throws IOException, InterruptedException {
        this.nodes = nodes;
        this.hosts = Hosts.make(nodes);
    }

    @Override
    public Place place(int node) {
        return hosts.place(node, false);
    }

    @Override
    public String members(int node) {
        List<String> members = new ArrayList<>();
        for (int other = 0; other < nodes; other++) {
            members.add(member(other));
        }
        return String.join(",", members);
    }

    @Override
    public boolean hasOneAddressForAll() {
        return true;
    }

    @Override
    public String member(int node) {
        return Network.name(node) + "=" + hosts.address(node) + ":" + PORT;
    }

    @Override
    public void cut(int from, int to) throws IOException, InterruptedException {
        hosts.cut(new Way(from, to));
    }

    /** There is nothing that delays packets everywhere; losing some has them late, too. */
    @Override
    public void delay(int from, int to, int ms) throws IOException, InterruptedException {
        lose(from, to, Math.min(30, ms / 4));
    }

    @Override
    public void lose(int from, int to, int percent) throws IOException, InterruptedException {
        hosts.lose(new Way(from, to), percent);
    }

    @Override
    public void heal() throws IOException, InterruptedException {
        hosts.heal();
    }

    @Override
    public void close() {
        hosts.close();
    }
}
