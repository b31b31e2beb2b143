package archipel.ensemble;

import archipel.changes.Threads;
import archipel.consensus.Completion;
import archipel.engine.SimulatedGroup;
import archipel.health.Health;
import archipel.log.BatchRunner;
import archipel.log.Duties;
import archipel.log.LogContext;
import archipel.log.LogOptions;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import archipel.transport.Exchange;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A member of the ensemble: its groups while it runs, and what is left of them when it does not. */
final class SimMember {
    static final int PART_BYTES = 64;
    static final ReplicatedLog.Patience PATIENCE = new ReplicatedLog.Patience(
            Duration.ofMillis(3_000), Duration.ofMillis(1_500), Duration.ofMillis(1_500), 30, 1 << 20, 600);

    private final String name;
    private final long origin;
    private final SplittableRandom random;
    private final SimClock clock;
    private final SortedMap<Integer, FakeRaft> rafts;
    private final SimNetwork network;
    private final SimNetwork.Servers servers;
    private final SortedMap<Integer, SimulatedGroup> machines;
    private final ImageShelf images;
    private final Store store;
    private final LeaderSpread spread = new LeaderSpread();
    private long runs;
    private long startedMs;
    private @Nullable Process process;

    SimMember(
            String name,
            SplittableRandom random,
            SimClock clock,
            SortedMap<Integer, FakeRaft> rafts,
            SimNetwork network,
            SimNetwork.Servers servers,
            SortedMap<Integer, SimulatedGroup> machines,
            ImageShelf images,
            Store store) {
        this.name = name;
        this.origin = random.nextLong();
        this.random = random;
        this.clock = clock;
        this.rafts = rafts;
        this.network = network;
        this.servers = servers;
        this.machines = machines;
        this.images = images;
        this.store = store;
    }

    /** Where images are on their way from one member to another. */
    interface ImageShelf {
        Path put(SimulatedGroup.Rows image);
    }

    String name() {
        return name;
    }

    long origin() {
        return origin;
    }

    /** Null while it does not run. */
    @Nullable
    Process process() {
        return process;
    }

    SimulatedGroup machine(int group) {
        return machines.get(group);
    }

    long upMs() {
        return clock.nowMs() - startedMs;
    }

    void start() {
        startedMs = clock.nowMs();
        Process started = new Process(++runs);
        process = started;
        started.join();
    }

    /** Loses what it has not written. */
    void crash() {
        Process was = process;
        if (was != null) {
            was.alive = false;
            was.crashed = true;
            was.consensuses.values().forEach(FakeConsensus::vanish);
            process = null;
        }
        machines.values().forEach(SimulatedGroup::crash);
    }

    /** Groups share a store: all are written together. */
    void write() {
        machines.values().forEach(SimulatedGroup::checkpoint);
    }

    /** One review of who leads what; whether a group is handed over. */
    boolean spread(Map<String, Long> upMs) {
        Process now = process;
        LeaderSpread.Move move = now == null ? null : spread.next(name, List.copyOf(now.groups.values()), upMs);
        if (move != null && move.group().consensus() instanceof FakeConsensus consensus) {
            consensus.transfer(move.to(), failure -> {});
            return true;
        }
        return false;
    }

    /** One run. */
    final class Process implements SimNetwork.Server {
        private final long run;
        private final SortedMap<Integer, ReplicatedGroup> groups = new TreeMap<>();
        private final SortedMap<Integer, FakeConsensus> consensuses = new TreeMap<>();
        private final LogContext context;
        private boolean alive = true;
        private boolean closing;
        private boolean crashed;

        private Process(long run) {
            this.run = run;
            this.context = new LogContext(
                    new TreeMap<>(machines),
                    new BatchRunner(store, StoreSnapshot::release, 1 << 14),
                    new Duties(),
                    new LogOptions(true, 1 << 14, 1 << 20, Duration.ZERO),
                    Threads.PLATFORM,
                    () -> Instant.ofEpochMilli(1_000_000 + clock.nowMs()),
                    new Health(),
                    Path.of("nowhere"),
                    null);
            Home home = new Home();
            machines.forEach((number, machine) -> groups.put(number, new ReplicatedGroup(number, machine, home)));
        }

        long run() {
            return run;
        }

        boolean isAlive() {
            return alive;
        }

        boolean hasCrashed() {
            return crashed;
        }

        ReplicatedGroup group(int number) {
            return groups.get(number);
        }

        // The first that a group hears may come before it knows by whom.
        private void join() {
            groups.forEach((number, group) -> {
                FakeRaft raft = rafts.get(number);
                FakeMember member = raft.member(name);
                FakeConsensus consensus = new FakeConsensus(raft, member);
                consensuses.put(number, consensus);
                SimulatedGroup machine = machines.get(number);
                member.start(group, () -> images.put(machine.rows()), (int)
                        machine.persisted().index());
                if (random.nextBoolean()) {
                    group.join(consensus);
                } else {
                    clock.within(200, () -> {
                        if (alive) {
                            group.join(consensus);
                        }
                    });
                }
            });
        }

        void sweep() {
            if (alive) {
                groups.values().forEach(group -> group.sweep(closing));
            }
        }

        /** As {@link ReplicatedLog#close} does. */
        void stop(Runnable stopped) {
            groups.values().forEach(group -> group.outbox().close());
            groups.values().forEach(ReplicatedGroup::handOver);
            clock.within(500, () -> {
                if (alive) {
                    closing = true;
                    groups.values().forEach(group -> group.sweep(true));
                    consensuses.values().forEach(FakeConsensus::close);
                    alive = false;
                    process = null;
                    stopped.run();
                }
            });
        }

        @Override
        public void serve(int group, ByteBuffer request, Exchange exchange) {
            groups.get(group).forwarded(request, exchange);
        }

        private final class Home implements ReplicatedGroup.Home {
            @Override
            public String member() {
                return name;
            }

            @Override
            public Origin origin() {
                return new Origin(origin, run);
            }

            @Override
            public LogContext context() {
                return context;
            }

            @Override
            public ReplicatedLog.Patience patience() {
                return PATIENCE;
            }

            @Override
            public long steadyMs() {
                return clock.nowMs();
            }

            @Override
            public int partBytes() {
                return PART_BYTES;
            }

            @Override
            public void later(int delayMs, Runnable work) {
                clock.after(delayMs, () -> {
                    if (alive) {
                        work.run();
                    }
                });
            }

            @Override
            public void forward(String leader, int group, ByteBuffer command, ReplicatedGroup.Forwarding forwarding) {
                network.call(name, leader, group, command, new Living(forwarding), servers);
            }

            @Override
            public void persist(Completion done) {
                write();
                done.done(null);
            }

            @Override
            public Path imageDirectory(int group) {
                return Path.of("nowhere");
            }

            @Override
            public void elected(int group, String leader, long term) {}

            @Override
            public void ceased(int group, long term) {}

            @Override
            public boolean isClosing() {
                return closing;
            }

            @Override
            public void stopped(int group, String reason, boolean again) {}
        }

        /** Hears nothing once the process is dead. */
        private final class Living implements ReplicatedGroup.Forwarding {
            private final ReplicatedGroup.Forwarding forwarding;

            Living(ReplicatedGroup.Forwarding forwarding) {
                this.forwarding = forwarding;
            }

            @Override
            public void applied(long index, byte[] outcome) {
                if (alive) {
                    forwarding.applied(index, outcome);
                }
            }

            @Override
            public void lost(String reason) {
                if (alive) {
                    forwarding.lost(reason);
                }
            }
        }
    }
}
