package archipel.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.changes.Threads;
import archipel.consensus.Confirmation;
import archipel.consensus.Membership;
import archipel.consensus.Standing;
import archipel.storage.FailingStore;
import archipel.storage.Store;
import archipel.transport.Members;
import archipel.transport.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;

/** Members of one group in this process, by the library itself, each on a disk that fails when it is told to. */
final class FailingMembers implements AutoCloseable {
    static final Duration MOST = Duration.ofSeconds(30);
    private static final AtomicLong ENSEMBLES = new AtomicLong();

    private final Path directory;
    private final String ensemble = "faults" + ENSEMBLES.incrementAndGet();
    private final Members transports = new Members();
    private final Membership membership;
    private final Map<String, Member> members = new TreeMap<>();
    private long written;

    FailingMembers(Path directory, String... names) {
        this.directory = directory;
        this.membership = new Membership(new TreeSet<>(List.of(names)), new TreeSet<>());
    }

    /** One of them. Its replica is in memory alone. */
    record Member(
            String name, Transport transport, FailingStore store, RaftHost host, RaftGroup group, ListReplica replica) {
        FailingStore log() {
            return store.log();
        }

        Standing.Role role() {
            return group.standing().role();
        }

        boolean isStopped() {
            return role() == Standing.Role.STOPPED;
        }

        boolean leads() {
            return role() == Standing.Role.LEADER;
        }

        /** Whether a read was confirmed, once that is answered. */
        boolean confirms() throws Exception {
            return confirmation().get(MOST.toSeconds(), TimeUnit.SECONDS);
        }

        CompletableFuture<Boolean> confirmation() {
            CompletableFuture<Boolean> answer = new CompletableFuture<>();
            group.confirm(new Confirmation() {
                @Override
                public void confirmed() {
                    answer.complete(true);
                }

                @Override
                public void failed(String reason) {
                    answer.complete(false);
                }
            });
            return answer;
        }
    }

    FailingMembers startAll() {
        membership.voters().forEach(this::start);
        return this;
    }

    Member start(String name) {
        try {
            Path data = Files.createDirectories(directory.resolve(name));
            Transport transport = transports.add(name);
            FailingStore store = FailingStore.open(data.resolve("store"), 4 << 20, 4 << 20);
            Store log = store.openLog(data.resolve("log"), 4 << 20);
            RaftHost host = new RaftHost(
                    transport,
                    log,
                    data.resolve("images"),
                    0,
                    RaftHost.Timing.DEFAULT,
                    ElectionListener.NONE,
                    Threads.PLATFORM);
            ListReplica replica = new ListReplica(data.resolve("exports"));
            transport.start();
            RaftGroup group = host.join(ensemble, 0, membership, replica);
            Member member = new Member(name, transport, store, host, group, replica);
            members.put(name, member);
            return member;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The connections of one that is no part of the group here, and answers nothing. */
    Transport outsider(String name) {
        try {
            Transport transport = transports.add(name);
            transport.start();
            return transport;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As the library calls it. */
    String group() {
        return RaftGroup.groupId(ensemble, 0);
    }

    Path images(String name) {
        return directory.resolve(name).resolve("images");
    }

    Member member(String name) {
        Member found = members.get(name);
        if (found == null) {
            throw new IllegalArgumentException(name + " does not run");
        }
        return found;
    }

    List<Member> running() {
        return List.copyOf(members.values());
    }

    /** Whoever leads, once somebody does. */
    Member leader() {
        AtomicReference<Member> leader = new AtomicReference<>();
        Awaitility.await().atMost(MOST).until(() -> {
            running().stream().filter(Member::leads).findFirst().ifPresent(leader::set);
            return leader.get() != null;
        });
        return leader.get();
    }

    Member follower() {
        Member leader = leader();
        return running().stream()
                .filter(member -> member != leader && !member.isStopped())
                .findFirst()
                .orElseThrow();
    }

    /** Writes a text by whoever leads, until it is applied there. */
    void write() {
        String text = "text" + written++;
        Awaitility.await().atMost(MOST).until(() -> tryWrite(leader(), text));
    }

    static boolean tryWrite(Member through, String text) throws Exception {
        ListReplica.Write write = new ListReplica.Write();
        through.group().propose(ListReplica.bytes(text), write);
        try {
            return write.applied.get(2, TimeUnit.SECONDS);
        } catch (TimeoutException unknown) {
            return false;
        }
    }

    void write(int many) {
        for (int i = 0; i < many; i++) {
            write();
        }
    }

    /** Waits until these have applied the same, which has everything that was written. */
    void awaitEqual(List<Member> some) {
        Awaitility.await().atMost(MOST).untilAsserted(() -> {
            List<String> first = some.getFirst().replica().texts();
            for (long i = 0; i < written; i++) {
                assertEquals(true, first.contains("text" + i), "text" + i);
            }
            for (Member one : some) {
                assertEquals(first, one.replica().texts(), one.name());
            }
        });
    }

    /** Ends a member in order, as a process does. */
    void stop(String name) {
        Member ended = members.remove(name);
        if (ended != null) {
            ended.group().close();
            ended.transport().close();
            ended.host().close();
            ended.store().close();
        }
    }

    @Override
    public void close() {
        List.copyOf(members.keySet()).forEach(this::stop);
        transports.close();
    }
}
