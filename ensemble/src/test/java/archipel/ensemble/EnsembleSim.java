package archipel.ensemble;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.Command;
import archipel.command.DataCommand;
import archipel.command.Outcome;
import archipel.engine.SimulatedGroup;
import archipel.log.LogPosition;
import archipel.storage.Store;
import archipel.testkit.Seeded;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An ensemble's members run their groups on simulated agreement and a simulated network, in simulated time, on one
 * thread. Leaders change and go on for a while without knowing, members lag, stop, crash, and take in images, proposals
 * and calls are refused and lost, connections break. Meanwhile clients write and read on all members. All of it follows
 * from one seed.
 */
class EnsembleSim {
    private static final List<String> NAMES = List.of("a", "b", "c", "d", "e");
    private static final int STEPS = 160;
    private static final int ROUNDS = 400;
    private static final String UUID = "0123456789abcdef0123456789abcdef";

    @TempDir
    private static Path directory;

    private static Path stores;

    /** A store in which that many runs have deleted ranges is slow to read. */
    private static final int RUNS = 20;

    /** Files there are durable at once. */
    private static final Path MEMORY = Path.of("/dev/shm");

    private static final ConcurrentLinkedQueue<Shared> SPARE = new ConcurrentLinkedQueue<>();
    private static final AtomicInteger STORES = new AtomicInteger();

    /** A store for the groups of many runs, one after the other. */
    private static final class Shared {
        private final Store store =
                Store.open(stores.resolve("store" + STORES.incrementAndGet()), 1 << 20, 64 << 20, Store.Journal.NONE);
        private int number;
        private int runs;

        void close() {
            Path files = store.directory();
            store.close();
            try (Stream<Path> all = Files.walk(files)) {
                for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @BeforeAll
    static void open() throws IOException {
        stores = Files.isWritable(MEMORY) ? Files.createTempDirectory(MEMORY, "archipel-ensemble") : directory;
    }

    @AfterAll
    static void close() throws IOException {
        SPARE.forEach(Shared::close);
        SPARE.clear();
        if (!stores.equals(directory)) {
            Files.delete(stores);
        }
    }

    @Test
    void ensemble_anySchedule_keepsItsPromises() {
        Seeded.checkInParallel(2_000, this::run);
    }

    @Test
    @Tag("soak")
    void ensemble_manySchedules_keepsItsPromises() {
        Seeded.checkInParallel(200_000, this::run);
    }

    @Test
    void run_sameSeed_isTheSame() {
        assertEquals(trace(7), trace(7));
    }

    private String trace(long seed) {
        List<String> trace = new ArrayList<>();
        run(new SplittableRandom(seed), trace::add);
        return String.join("\n", trace);
    }

    private void run(SplittableRandom random) {
        run(random, line -> {});
    }

    private void run(SplittableRandom random, Consumer<String> trace) {
        Shared shared = SPARE.poll();
        if (shared == null) {
            shared = new Shared();
        }
        try {
            new World(random, shared, trace).run();
        } finally {
            if (++shared.runs < RUNS) {
                SPARE.add(shared);
            } else {
                shared.close();
            }
        }
    }

    /** One run. */
    private static final class World {
        private final SplittableRandom random;
        private final SimClock clock;
        private final SimNetwork network;
        private final Consumer<String> trace;
        private final List<SimMember> members = new ArrayList<>();
        private final SortedMap<Integer, FakeRaft> rafts = new TreeMap<>();
        private final SortedMap<Integer, SimHistory> histories = new TreeMap<>();
        private final Map<Path, SimulatedGroup.Rows> images = new HashMap<>();
        // Which member cannot say anything to which.
        private final Set<String> cut = new HashSet<>();
        private final Map<String, Long> transfers = new HashMap<>();
        private boolean faults;

        World(SplittableRandom random, Shared shared, Consumer<String> trace) {
            this.random = random;
            this.trace = trace;
            this.clock = new SimClock(random.split());
            this.network = new SimNetwork(random.split(), clock, this::reaches, 3_000);
            List<String> names = NAMES.subList(0, random.nextInt(4) == 0 ? random.nextInt(4, 6) : 3);
            int groups = random.nextInt(3) == 0 ? random.nextInt(2, 6) : 1;
            for (int group = 1; group <= groups; group++) {
                rafts.put(group, new FakeRaft(random.split(), clock, this::reaches, names));
                histories.put(group, new SimHistory());
            }
            for (String name : names) {
                SortedMap<Integer, SimulatedGroup> machines = new TreeMap<>();
                for (int group = 1; group <= groups; group++) {
                    machines.put(
                            group,
                            new SimulatedGroup(shared.store, ++shared.number, images::get, new Watching(name, group)));
                }
                members.add(new SimMember(
                        name, random.split(), clock, rafts, network, this::server, machines, this::put, shared.store));
            }
        }

        private boolean reaches(String from, String to) {
            return !cut.contains(from + ">" + to);
        }

        private SimNetwork.Server server(String name) {
            return member(name).process();
        }

        private SimMember member(String name) {
            return members.stream()
                    .filter(member -> member.name().equals(name))
                    .findFirst()
                    .orElseThrow();
        }

        private Path put(SimulatedGroup.Rows image) {
            Path path = Path.of("image" + images.size());
            images.put(path, image);
            return path;
        }

        private final class Watching implements SimulatedGroup.Observer {
            private final String member;
            private final int group;

            Watching(String member, int group) {
                this.member = member;
                this.group = group;
            }

            @Override
            public void before(LogPosition position) {
                if (faults && random.nextInt(2_000) == 0) {
                    throw new FakeMember.SimulatedFault();
                }
            }

            @Override
            public void applied(LogPosition position, Command<?> command, Outcome<?> outcome) {
                trace.accept(clock.nowMs() + " " + member + " " + group + " " + position + " " + outcome);
                histories.get(group).applied(member, position, command, outcome);
            }

            @Override
            public void looked() {
                clock.interleave();
            }
        }

        void run() {
            begin();
            faults = true;
            for (int step = 0; step < STEPS; step++) {
                step();
                clock.run(random.nextInt(20) == 0 ? random.nextLong(3_000) : random.nextLong(40));
                if (random.nextInt(4) == 0) {
                    sweep();
                }
                check();
            }
            settle();
            spread();
            checkLiving();
            checkStates();
        }

        private void check() {
            histories.values().forEach(SimHistory::check);
        }

        private void begin() {
            members.forEach(SimMember::start);
            List<CompletableFuture<?>> created = new ArrayList<>();
            rafts.forEach((group, raft) -> {
                raft.calm(true);
                SimMember.Process process = members.getFirst().process();
                assertNotNull(process);
                // Appended before anybody leads, or the group has its format, as far as this member knows.
                created.add(process.group(group)
                        .append(new DataCommand.CreateDatabase(SimHistory.DATABASE, UUID, 1, 10, 10), () -> {}));
                raft.elect(any(raft.members()));
            });
            for (int round = 0;
                    round < 3 || !created.stream().allMatch(CompletableFuture::isDone) && round < 60;
                    round++) {
                goOn();
            }
            created.forEach(database -> assertNotNull(database.getNow(null), "a database is not made in time"));
            rafts.values().forEach(raft -> raft.calm(false));
        }

        private void step() {
            int dice = random.nextInt(100);
            if (dice < 30) {
                write();
            } else if (dice < 42) {
                read();
            } else if (dice < 82) {
                for (int i = random.nextInt(1, 12); i > 0; i--) {
                    talk(any(List.copyOf(rafts.values())));
                }
            } else if (dice < 85) {
                FakeRaft raft = any(List.copyOf(rafts.values()));
                raft.elect(any(raft.members()));
            } else if (dice < 87) {
                FakeRaft raft = any(List.copyOf(rafts.values()));
                any(raft.members()).forgetLeader();
            } else if (dice < 88) {
                FakeRaft raft = any(List.copyOf(rafts.values()));
                any(raft.members()).handOver(any(raft.members()));
            } else if (dice < 92) {
                cutOrMend();
            } else if (dice < 93) {
                network.sever(any(members).name(), any(members).name());
            } else if (dice < 95) {
                any(members).write();
            } else if (dice < 97) {
                forget();
            } else {
                disturb();
            }
        }

        private void talk(FakeRaft raft) {
            FakeMember leader = any(raft.members());
            FakeMember newest = raft.leader();
            if (newest != null && random.nextInt(4) > 0) {
                leader = newest;
            }
            leader.order(3);
            raft.replicate(leader, any(raft.members()));
            raft.count(leader);
        }

        private void cutOrMend() {
            if (random.nextBoolean()) {
                cut.clear();
                return;
            }
            String one = any(members).name();
            if (random.nextBoolean()) {
                // From all others.
                members.forEach(other -> {
                    cut.add(one + ">" + other.name());
                    cut.add(other.name() + ">" + one);
                });
            } else {
                cut.add(one + ">" + any(members).name());
            }
        }

        // Who is behind what all the others have forgotten takes in an image.
        private void forget() {
            SimMember behind = any(members);
            for (SimMember member : members) {
                if (member != behind && member.process() != null) {
                    member.write();
                    rafts.forEach((group, raft) -> raft.member(member.name())
                            .forget((int) member.machine(group).persisted().index()));
                }
            }
        }

        private void disturb() {
            SimMember member = any(members);
            SimMember.Process process = member.process();
            if (process == null) {
                member.start();
            } else if (random.nextInt(4) == 0) {
                process.stop(() -> {});
            } else {
                crash(member);
                if (random.nextBoolean()) {
                    member.start();
                }
            }
        }

        private void crash(SimMember member) {
            member.crash();
            members.forEach(other -> network.sever(member.name(), other.name()));
        }

        private void sweep() {
            for (SimMember member : members) {
                SimMember.Process process = member.process();
                if (process != null) {
                    // Who came while others were waiting is next after these.
                    process.sweep();
                    process.sweep();
                }
            }
            histories.values().forEach(history -> history.checkPatience(clock.nowMs()));
        }

        private void write() {
            SimMember member = any(members);
            SimMember.Process process = member.process();
            if (process == null) {
                return;
            }
            int group = random.nextInt(1, rafts.size() + 1);
            SimHistory.Caller caller = new SimHistory.Caller(process);
            for (int i = random.nextInt(1, 7); i > 0; i--) {
                write(member, group, caller);
            }
        }

        private void write(SimMember member, int group, SimHistory.Caller caller) {
            write(member, group, caller, random.nextInt(6) == 0 ? random.nextInt(40, 700) : 8);
        }

        private SimHistory.Write write(SimMember member, int group, SimHistory.Caller caller, int length) {
            SimHistory history = histories.get(group);
            SimHistory.Write write = history.begin(caller, member, "d" + random.nextInt(3), length, clock.nowMs());
            DataCommand.WriteLocal command = write.command();
            int encoded = member.machine(group).codec().encode(command).length;
            if (encoded > SimMember.PART_BYTES && encoded <= SimMember.PATIENCE.commandBytes()) {
                String key = member.name() + caller.process().run() + "/" + group;
                history.sentInParts(write, transfers.merge(key, 1L, Long::sum));
            }
            history.await(write, group, caller.process().group(group).append(command, write::left));
            return write;
        }

        private void read() {
            SimMember member = any(members);
            SimMember.Process process = member.process();
            if (process != null) {
                int group = random.nextInt(1, rafts.size() + 1);
                histories
                        .get(group)
                        .read(
                                member,
                                process,
                                group,
                                clock.nowMs(),
                                process.group(group).readBarrier());
            }
        }

        // From here on nothing goes wrong any more.
        private void settle() {
            faults = false;
            cut.clear();
            rafts.values().forEach(raft -> raft.calm(true));
            clock.run(600);
            for (SimMember member : members) {
                SimMember.Process process = member.process();
                boolean halted = rafts.values().stream()
                        .anyMatch(raft -> !raft.member(member.name()).isRunning());
                if (process == null) {
                    member.start();
                } else if (halted || random.nextInt(8) == 0) {
                    crash(member);
                    member.start();
                }
            }
            for (int round = 0; round < ROUNDS && !isSettled(); round++) {
                goOn();
            }
            assertTrue(isSettled(), () -> "it does not settle: " + open());
        }

        private String open() {
            StringBuilder open = new StringBuilder();
            histories.forEach((group, history) ->
                    open.append(" group ").append(group).append(": ").append(history.open()));
            return open.toString();
        }

        private void goOn() {
            rafts.values().forEach(FakeRaft::settle);
            clock.run(50);
            sweep();
            check();
        }

        private boolean isSettled() {
            return histories.values().stream().allMatch(SimHistory::isOver)
                    && rafts.entrySet().stream().allMatch(raft -> isSettled(raft.getKey(), raft.getValue()));
        }

        private boolean isSettled(int group, FakeRaft raft) {
            FakeMember leader = raft.leader();
            return leader != null
                    && raft.committed().size() == leader.last()
                    && raft.members().stream().allMatch(member -> member.applied() == leader.last())
                    && members.stream()
                            .allMatch(member -> member.process() != null
                                    && member.process().group(group).outbox().size() == 0
                                    && !hasParts(group, member));
        }

        // What was given up of a command that a member has sent in parts is nowhere in the end.
        private boolean hasParts(int group, SimMember sender) {
            SimMember.Process process = sender.process();
            return process != null && members.getFirst().machine(group).hasParts(sender.origin(), process.run());
        }

        // Leaders move until each member has its share, and then stay.
        private void spread() {
            int calm = 0;
            int moves = 0;
            for (int round = 0; calm < 12; round++) {
                assertTrue(round < 300, "leaders move for ever");
                Map<String, Long> upMs = new HashMap<>();
                members.forEach(member -> upMs.put(member.name(), member.upMs()));
                boolean moved = false;
                for (SimMember member : members) {
                    moved |= member.spread(upMs);
                }
                calm = moved ? 0 : calm + 1;
                moves += moved ? 1 : 0;
                for (int i = 0; i < 6; i++) {
                    goOn();
                }
            }
            assertTrue(moves <= 2 * rafts.size(), "leaders have moved " + moves + " times");
            Map<String, Integer> led = new HashMap<>();
            members.forEach(member -> led.put(member.name(), 0));
            rafts.values().forEach(raft -> led.merge(raft.leader().name(), 1, Integer::sum));
            int most = led.values().stream().mapToInt(count -> count).max().orElseThrow();
            int fewest = led.values().stream().mapToInt(count -> count).min().orElseThrow();
            assertTrue(most - fewest <= 1, () -> "leaders are not spread: " + led);
        }

        // Every member takes writes and serves reads.
        private void checkLiving() {
            Map<SimMember, List<SimHistory.Write>> last = new HashMap<>();
            for (SimMember member : members) {
                SimMember.Process process = member.process();
                assertNotNull(process);
                SimHistory.Caller caller = new SimHistory.Caller(process);
                List<SimHistory.Write> writes = new ArrayList<>();
                rafts.keySet().forEach(group -> {
                    for (int length : new int[] {8, 8, 300, 8}) {
                        writes.add(write(member, group, caller, length));
                    }
                    histories
                            .get(group)
                            .read(
                                    member,
                                    process,
                                    group,
                                    clock.nowMs(),
                                    process.group(group).readBarrier());
                });
                last.put(member, writes);
            }
            for (int round = 0; round < 40 && !isSettled(); round++) {
                goOn();
            }
            assertTrue(isSettled(), () -> "it does not go on: " + open());
            last.values()
                    .forEach(writes -> writes.forEach(write -> assertTrue(write.isAcknowledged(), write::toString)));
            histories.values().forEach(SimHistory::checkLastReads);
        }

        private void checkStates() {
            rafts.forEach((group, raft) -> {
                SimulatedGroup.Rows first = members.getFirst().machine(group).rows();
                for (SimMember member : members) {
                    assertNull(
                            SimulatedGroup.difference(
                                    first, member.machine(group).rows()),
                            () -> "group " + group + " of " + member.name());
                }
                SimHistory history = histories.get(group);
                history.checkAll(members.getFirst().machine(group));
            });
        }

        private <T> T any(List<T> values) {
            return values.get(random.nextInt(values.size()));
        }
    }
}
