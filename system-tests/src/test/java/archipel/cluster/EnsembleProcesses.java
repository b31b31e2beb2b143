package archipel.cluster;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/** The members of one ensemble, each in a process of its own. */
public final class EnsembleProcesses implements AutoCloseable {
    private final Map<String, ServerProcess> members = new LinkedHashMap<>();

    /**
     * Starts members called {@code a}, {@code b} and so on, and waits until all answer.
     *
     * @param more settings of each
     */
    public static EnsembleProcesses start(Path directory, int count, UnaryOperator<ServerOptions> more)
            throws IOException {
        StringJoiner addresses = new StringJoiner(",");
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(String.valueOf((char) ('a' + i)));
            addresses.add(names.get(i) + "=127.0.0.1:" + LoopbackPort.free());
        }
        EnsembleProcesses ensemble = new EnsembleProcesses();
        Map<String, CompletableFuture<ServerProcess>> starting = new LinkedHashMap<>();
        for (String name : names) {
            ServerOptions options = more.apply(ServerOptions.in(directory.resolve(name)))
                    .with("ensemble", addresses.toString())
                    .with("ensemble_name", name)
                    .with("ensemble_groups", "3");
            CompletableFuture<ServerProcess> process = new CompletableFuture<>();
            starting.put(name, process);
            Thread.ofVirtual().name("start-" + name).start(() -> start(options, process));
        }
        starting.forEach((name, process) -> ensemble.members.put(name, process.join()));
        return ensemble;
    }

    private static void start(ServerOptions options, CompletableFuture<ServerProcess> started) {
        try {
            started.complete(ServerProcess.start(options));
        } catch (IOException | RuntimeException e) {
            started.completeExceptionally(e);
        }
    }

    public List<String> names() {
        return List.copyOf(members.keySet());
    }

    public ServerProcess member(String name) {
        ServerProcess member = members.get(name);
        if (member == null) {
            throw new IllegalArgumentException("there is no member " + name);
        }
        return member;
    }

    /** Any member but that one. */
    public ServerProcess other(String name) {
        return members.entrySet().stream()
                .filter(member -> !member.getKey().equals(name))
                .findFirst()
                .orElseThrow()
                .getValue();
    }

    @Override
    public void close() {
        members.values().forEach(ServerProcess::close);
    }
}
