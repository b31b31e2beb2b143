package archipel.suites;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/**
 * An ensemble of this build, started as a user does.
 *
 * @param root of the checkout, where the launcher is
 */
record ArchipelServers(Path root) implements Servers.Kind {
    private static final List<String> NAMES = List.of("a", "b", "c");
    /** What the settings of {@link Servers} are called. */
    private static final Map<String, String> SETTINGS = Map.of(
            "ARCHIPEL_ADMIN_PASSWORD",
            EmptyTree.PASSWORD,
            "ARCHIPEL_ENSEMBLE_SECRET",
            "a-secret-of-the-suites",
            "ARCHIPEL_PBKDF2_ITERATIONS",
            "1000",
            "ARCHIPEL_COORDINATION_TICK_MS",
            Integer.toString(Servers.TICK_MS),
            "ARCHIPEL_COORDINATION_LEAST_TIMEOUT_MS",
            Integer.toString(Servers.LEAST_TIMEOUT_MS),
            "ARCHIPEL_COORDINATION_LONGEST_TIMEOUT_MS",
            Integer.toString(Servers.LONGEST_TIMEOUT_MS),
            "ARCHIPEL_COORDINATION_COMMANDS",
            "*",
            "ARCHIPEL_COORDINATION_CONNECTIONS",
            "0");

    @Override
    public void start(Servers servers) throws IOException {
        StringJoiner members = new StringJoiner(",");
        for (String name : NAMES) {
            members.add(name + "=127.0.0.1:" + Ports.free());
        }
        for (int i = 0; i < NAMES.size(); i++) {
            Map<String, String> environment = new HashMap<>(SETTINGS);
            environment.put("ARCHIPEL_COORDINATION_CONTAINER_CHECK_MS", Integer.toString(servers.containerCheckMs()));
            environment.put(
                    "ARCHIPEL_COORDINATION_PORT",
                    Integer.toString(servers.ports().get(i)));
            environment.put("ARCHIPEL_ENSEMBLE", members.toString());
            environment.put("ARCHIPEL_ENSEMBLE_NAME", NAMES.get(i));
            environment.put("ARCHIPEL_JAVA_OPTS", "-Xmx512m");
            servers.launch(
                    List.of(
                            root.resolve("archipel").toString(),
                            "serve",
                            "--port",
                            Integer.toString(Ports.free()),
                            "--data",
                            servers.directory().resolve(NAMES.get(i)).toString(),
                            "--admin",
                            EmptyTree.SUPER),
                    environment);
        }
    }
}
