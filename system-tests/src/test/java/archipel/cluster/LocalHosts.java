package archipel.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Hosts on a network of their own, as Linux's network namespaces on a bridge: {@code 10.99.7.1} and so on. Needs root;
 * the machine's own networks are not touched.
 */
final class LocalHosts implements AutoCloseable {
    private static final String SWITCH = "arc-sw";
    private static final String HOST = "arc-h";

    private final int count;

    private LocalHosts(int count) {
        this.count = count;
    }

    /** Whether this machine can have some. */
    static boolean arePossible() {
        try {
            run("ip", "netns", "add", "arc-try");
            run("ip", "netns", "del", "arc-try");
            run("curl", "--version");
            return true;
        } catch (IOException none) {
            return false;
        }
    }

    static LocalHosts start(int count) throws IOException {
        LocalHosts hosts = new LocalHosts(count);
        hosts.close();
        run("ip", "netns", "add", SWITCH);
        run("ip", "-n", SWITCH, "link", "add", "br0", "type", "bridge");
        run("ip", "-n", SWITCH, "link", "set", "br0", "up");
        for (int i = 1; i <= count; i++) {
            String host = HOST + i;
            run("ip", "netns", "add", host);
            run("ip", "link", "add", "e" + i, "netns", SWITCH, "type", "veth", "peer", "name", "eth0", "netns", host);
            run("ip", "-n", SWITCH, "link", "set", "e" + i, "master", "br0", "up");
            run("ip", "-n", host, "link", "set", "lo", "up");
            run("ip", "-n", host, "link", "set", "eth0", "up");
            hosts.move(i, i);
        }
        return hosts;
    }

    /** Gives a host another address on the network. */
    void move(int host, int address) throws IOException {
        run("ip", "-n", HOST + host, "addr", "flush", "dev", "eth0");
        run("ip", "-n", HOST + host, "addr", "add", address(address) + "/24", "dev", "eth0");
        run("ip", "-n", HOST + host, "route", "replace", "224.0.0.0/4", "dev", "eth0");
    }

    static String address(int number) {
        return "10.99.7." + number;
    }

    /** The words of a command that runs on a host. */
    static List<String> on(int host, List<String> command) {
        List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", HOST + host));
        words.addAll(command);
        return words;
    }

    /** What a command says. @throws IOException where it fails or takes too long */
    static String run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(String.join(" ", command) + ": " + said);
            }
            return said;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } finally {
            process.destroyForcibly();
        }
    }

    /** Takes them away, also what an earlier run has left. */
    @Override
    public void close() throws IOException {
        String there = run("ip", "netns", "list");
        for (int i = 1; i <= count; i++) {
            if (there.lines().anyMatch((HOST + i)::equals) || there.contains(HOST + i + " ")) {
                run("ip", "netns", "del", HOST + i);
            }
        }
        if (there.contains(SWITCH)) {
            run("ip", "netns", "del", SWITCH);
        }
    }
}
