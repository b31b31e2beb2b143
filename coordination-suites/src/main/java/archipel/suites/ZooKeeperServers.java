package archipel.suites;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Map;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;
import org.apache.zookeeper.server.quorum.QuorumPeerMain;

/** An ensemble of ZooKeeper, to see how the same tests do there. */
final class ZooKeeperServers implements Servers.Kind {
    @Override
    public void start(Servers servers) throws IOException {
        StringBuilder members = new StringBuilder();
        for (int i = 0; i < servers.ports().size(); i++) {
            members.append("server.%d=127.0.0.1:%d:%d;127.0.0.1:%d%n"
                    .formatted(
                            i + 1, Ports.free(), Ports.free(), servers.ports().get(i)));
        }
        for (int i = 0; i < servers.ports().size(); i++) {
            Path data = Files.createDirectories(servers.directory().resolve("z" + i));
            Files.writeString(data.resolve("myid"), Integer.toString(i + 1));
            Path configuration = servers.directory().resolve("z" + i + ".cfg");
            Files.writeString(configuration, configuration(data) + members);
            servers.launch(command(configuration, servers.containerCheckMs()), Map.of());
        }
    }

    private static String configuration(Path data) {
        return "dataDir=" + data
                + "\ntickTime=" + Servers.TICK_MS
                + "\nminSessionTimeout=" + Servers.LEAST_TIMEOUT_MS
                + "\nmaxSessionTimeout=" + Servers.LONGEST_TIMEOUT_MS
                + "\nmaxClientCnxns=0\ninitLimit=20\nsyncLimit=20\nadmin.enableServer=false\n"
                + "4lw.commands.whitelist=*\nextendedTypesEnabled=true\nenforceQuota=true\nreconfigEnabled=true\n";
    }

    private static List<String> command(Path configuration, int containerCheckMs) throws IOException {
        return List.of(
                Servers.java(),
                "-Xmx512m",
                "-Dzookeeper.DigestAuthenticationProvider.superDigest=" + superDigest(),
                "-Dznode.container.checkIntervalMs=" + containerCheckMs,
                "-cp",
                System.getProperty("java.class.path"),
                QuorumPeerMain.class.getName(),
                configuration.toString());
    }

    private static String superDigest() throws IOException {
        try {
            return DigestAuthenticationProvider.generateDigest(EmptyTree.SUPER + ":" + EmptyTree.PASSWORD);
        } catch (NoSuchAlgorithmException e) {
            throw new IOException(e);
        }
    }
}
