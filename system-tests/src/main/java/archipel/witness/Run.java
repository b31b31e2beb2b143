package archipel.witness;

import archipel.testimony.Recorder;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Lets all clients of a plan loose on a node, and returns when they are done. */
public final class Run {
    private final Plan plan;

    private volatile @Nullable Recorder recorder;

    public Run(Plan plan) {
        this.plan = plan;
    }

    /** How many lines the record has so far. */
    public long requests() {
        Recorder known = recorder;
        return known == null ? 0 : known.events();
    }

    /**
     * Makes the database, runs the clients, and writes the record.
     *
     * @return how many lines the record has
     * @throws IOException when the node does not answer, is no longer there, or the record cannot be written
     */
    public long run() throws IOException, InterruptedException {
        try (Endpoint endpoint = new Endpoint(plan.url());
                Recorder out = new Recorder(new BufferedOutputStream(Files.newOutputStream(plan.record())))) {
            recorder = out;
            String path = "/" + plan.database();
            Answer made = endpoint.send("PUT", path, null, Map.of());
            if (!made.isSuccess()) {
                throw new IOException(
                        "cannot make the database " + plan.database() + ": " + made.status() + " " + made.json());
            }
            if (plan.horizon() > 0) {
                String policy = "{\"blocks\":" + plan.horizon() + ",\"age\":0}";
                Answer told = endpoint.send("PUT", path + "/_horizon", policy, Map.of());
                if (!told.isSuccess()) {
                    throw new IOException("cannot set the horizon: " + told.status() + " " + told.json());
                }
            }
            run(new Site(plan, endpoint, out));
            if (!plan.keep()) {
                endpoint.send("DELETE", path, null, Map.of());
            }
            return out.events();
        }
    }

    private static void run(Site site) throws IOException, InterruptedException {
        SplittableRandom seeds = new SplittableRandom(site.plan().seed());
        new Writer(site, "founder", seeds.split()).found();
        List<Future<?>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Client client : clients(site, seeds)) {
                running.add(threads.submit(() -> {
                    client.run();
                    return null;
                }));
            }
            for (Future<?> one : running) {
                one.get();
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IllegalStateException("a client stopped", e.getCause());
        }
    }

    /** Maker of clients of one kind. */
    @FunctionalInterface
    private interface Maker {
        Client make(Site site, String name, SplittableRandom random);
    }

    private static List<Client> clients(Site site, SplittableRandom seeds) {
        Plan plan = site.plan();
        List<Client> clients = new ArrayList<>();
        add(clients, site, seeds, "writer", plan.writers(), Writer::new);
        add(clients, site, seeds, "poller", plan.pollers(), Poller::new);
        add(clients, site, seeds, "pager", plan.pagers(), Pager::new);
        add(clients, site, seeds, "repeater", plan.repeaters(), Repeater::new);
        return clients;
    }

    private static void add(
            List<Client> clients, Site site, SplittableRandom seeds, String kind, int count, Maker maker) {
        for (int i = 0; i < count; i++) {
            clients.add(maker.make(site, kind + "-" + i, seeds.split()));
        }
    }
}
