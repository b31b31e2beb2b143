package archipel.cluster;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import archipel.cluster.ServerOptions.Place;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Hosts with an address each, on a switch that they share with the test: namespaces of the network, joined by a bridge
 * in one of its own. What one host sends another can be lost without a word, in one direction or in both, while the
 * test reaches all of them. Needs root and {@code ip}; where these cannot be had the test is skipped.
 */
public final class Hosts implements AutoCloseable {
    /** Whoever has it is nowhere: what is sent to it is lost. */
    private static final String NOBODY = "02:00:00:00:00:01";

    private static final int ADDRESSES = 250;
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    /** What one host sends to another. */
    public record Way(int from, int to) {}

    private final int count;
    private final String name;
    /** The test's own end of the network. */
    private final String uplink;

    private final String network;
    private final int[] addresses;
    /** Ways that are cut, with the address that is lost. */
    private final Map<Way, String> cut = new LinkedHashMap<>();

    private final Set<Integer> lossy = new TreeSet<>();
    private int lastAddress = 1;

    private Hosts(int count) {
        this.count = count;
        int number = Math.floorMod(ProcessHandle.current().pid() * 7 + NUMBERS.getAndIncrement(), ADDRESSES);
        this.name = "archipel" + ProcessHandle.current().pid() + "n" + number;
        // Names of interfaces are short.
        this.uplink = "ap" + ProcessHandle.current().pid() + "n" + number;
        this.network = "10.213." + number + ".";
        this.addresses = new int[count];
    }

    public static Hosts make(int count) throws IOException, InterruptedException {
        Hosts hosts = new Hosts(count);
        assumeTrue(run("test $(id -u) = 0 && nsenter --version >/dev/null"), "only root makes hosts of its own");
        Runtime.getRuntime().addShutdownHook(new Thread(hosts::remove));
        assumeTrue(hosts.make(), "this machine lets nobody make namespaces of the network");
        return hosts;
    }

    private boolean make() throws IOException, InterruptedException {
        List<String> script = new ArrayList<>();
        String hub = name + "hub";
        script.add("ip netns add " + hub);
        script.add("ip -n " + hub + " link set lo up");
        script.add("ip -n " + hub + " link add br0 type bridge");
        script.add("ip -n " + hub + " link set br0 up");
        script.add("ip link add " + uplink + " type veth peer name test0 netns " + hub);
        script.add("ip -n " + hub + " link set test0 master br0 up");
        script.add("ip addr add " + network + "1/24 dev " + uplink);
        script.add("ip link set " + uplink + " up");
        for (int host = 0; host < count; host++) {
            addresses[host] = ++lastAddress;
            script.add("ip netns add " + namespace(host));
            script.add("ip link add e" + host + " netns " + hub + " type veth peer name eth0 netns " + namespace(host));
            script.add("ip -n " + hub + " link set e" + host + " master br0 up");
            script.add("ip -n " + namespace(host) + " link set lo up");
            script.add("ip -n " + namespace(host) + " addr add " + address(host) + "/24 dev eth0");
            script.add("ip -n " + namespace(host) + " link set eth0 up");
        }
        return run(String.join(" && ", script));
    }

    private String namespace(int host) {
        return name + "h" + host;
    }

    public String address(int host) {
        return network + addresses[host];
    }

    /** Where a process on a host is that listens at its address, or at all that it has. */
    public Place place(int host, boolean anyAddress) {
        return new Place(anyAddress ? "0.0.0.0" : address(host), address(host), namespace(host));
    }

    /** Loses what is sent that way from now on, that of open connections as well; nobody is told. */
    public void cut(Way way) throws IOException, InterruptedException {
        String address = address(way.to());
        if (cut.putIfAbsent(way, address) == null) {
            require("ip -n " + namespace(way.from()) + " neigh replace " + address + " lladdr " + NOBODY
                    + " dev eth0 nud permanent");
        }
    }

    /** Between two of them, in both directions. */
    public void cut(int one, int other) throws IOException, InterruptedException {
        cut(new Way(one, other));
        cut(new Way(other, one));
    }

    /** Loses a part of the packets that way from now on. Needs {@code nft}. */
    public void lose(Way way, int percent) throws IOException, InterruptedException {
        DebianPackage.program("nftables", "/usr/sbin/nft");
        String nft = "ip netns exec " + namespace(way.to()) + " nft ";
        lossy.add(way.to());
        require(nft + "add table ip lossy && " + nft
                + "'add chain ip lossy in { type filter hook input priority 0; }' && " + nft
                + "add rule ip lossy in ip saddr "
                + address(way.from()) + " numgen random mod 100 \\< " + percent + " drop");
    }

    /** Everything passes again. */
    public void heal() throws IOException, InterruptedException {
        List<String> script = new ArrayList<>();
        cut.forEach((way, address) -> script.add(forget(way, address)));
        cut.clear();
        lossy.forEach(host -> script.add("ip netns exec " + namespace(host) + " nft delete table ip lossy"));
        lossy.clear();
        if (!script.isEmpty()) {
            require(String.join(" && ", script));
        }
    }

    private String forget(Way way, String address) {
        return "ip -n " + namespace(way.from()) + " neigh del " + address + " dev eth0";
    }

    /** Gives a host another address in place of its own; what is cut stays so. */
    void readdress(int host) throws IOException, InterruptedException {
        String before = address(host);
        addresses[host] = ++lastAddress;
        List<String> script = new ArrayList<>();
        script.add("ip -n " + namespace(host) + " addr del " + before + "/24 dev eth0");
        script.add("ip -n " + namespace(host) + " addr add " + address(host) + "/24 dev eth0");
        List<Way> moved = cut.keySet().stream().filter(way -> way.to() == host).toList();
        moved.forEach(way -> script.add(forget(way, String.valueOf(cut.remove(way)))));
        require(String.join(" && ", script));
        for (Way way : moved) {
            cut(way);
        }
    }

    private static void require(String script) throws IOException, InterruptedException {
        if (!run(script)) {
            throw new IllegalStateException("failed: " + script);
        }
    }

    private static boolean run(String script) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder("sh", "-c", script).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        boolean done = process.waitFor() == 0;
        if (!done) {
            System.out.println(said);
        }
        return done;
    }

    private void remove() {
        List<String> script = new ArrayList<>();
        script.add("ip link del " + uplink);
        for (int host = 0; host < count; host++) {
            script.add("ip netns del " + namespace(host));
        }
        script.add("ip netns del " + name + "hub");
        try {
            new ProcessBuilder("sh", "-c", "(" + String.join("; ", script) + ") 2>/dev/null")
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        remove();
    }
}
