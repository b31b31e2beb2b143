package archipel.divergence;

import archipel.changes.Threads;
import archipel.consensus.Membership;
import archipel.log.Chains;
import archipel.storage.CatalogKeys;
import archipel.transport.CallFailure;
import archipel.transport.Exchange;
import archipel.transport.Reply;
import archipel.transport.Service;
import archipel.transport.Transport;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Compares this member's blocks with those of the others.
 *
 * <p>Each group's leader tells the others of points in its chains, every two seconds. Whoever has something else says
 * so in its answer, and both of them ask all members what they have there. From that each judges itself ({@link
 * Verdict}): nobody is told by another what it is. Members that have not come as far compare what they were told two
 * seconds later, when they have. There are no races in this: what stands at a point never changes, unless a member's
 * data is replaced as a whole ({@link Host#diverged}).
 */
public final class ChainWatch implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ChainWatch.class.getName());
    private static final int ROUND_MS = 2_000;
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    /** How often in a row it has to be undecided before it is said: members that are away for a moment decide it. */
    private static final int UNDECIDED_ROUNDS = 2;

    private final Transport transport;
    private final Host host;
    private final Map<Integer, ChainReport> reports = new TreeMap<>();
    private final ScheduledThreadPoolExecutor thread;
    private final Queue<Point> suspicious = new ConcurrentLinkedQueue<>();
    // What other members have told and could not be compared yet.
    private final Map<String, Map<Point, Value>> early = new ConcurrentHashMap<>();
    // For the thread.
    private final Map<Integer, Suspicion> suspicions = new TreeMap<>();
    private final NamedMembers named = new NamedMembers();

    /** What this member has of the groups. Safe for use by many threads. */
    public interface Host {
        /** The numbers of all groups, in ascending order. */
        List<Integer> groups();

        /** Null where they cannot be read at the moment. */
        @Nullable
        Chains chains(int group);

        /** Null before this member takes part in the group. */
        @Nullable
        Membership members(int group);

        boolean leads(int group);

        Findings findings();

        /** Whether it is known that another member's copy of a group is none to compare with. */
        boolean isKnown(String member, int group);

        /**
         * Most members have something else.
         *
         * @param check whether that is still so: asked while nobody can replace the group's data
         */
        void diverged(Finding finding, Check check);

        /** It cannot be told whether this member or another one is wrong. */
        void suspect(Finding finding);

        /** Nothing is said against this member any more. */
        void cleared(int group);
    }

    /** Whether something is still the case. */
    @FunctionalInterface
    public interface Check {
        boolean holds();
    }

    /** A point at which it is undecided who is right, and for how many rounds it has been. */
    private record Suspicion(Point point, int rounds) {}

    /** @param transport not started yet */
    public ChainWatch(Transport transport, Host host, Threads threads) {
        this.transport = transport;
        this.host = host;
        host.groups().forEach(group -> reports.put(group, new ChainReport(group, group == CatalogKeys.SYSTEM_GROUP)));
        transport.serve(Service.CHAINS, this::handle);
        this.thread = new ScheduledThreadPoolExecutor(1, work -> threads.background("archipel-chains", work));
    }

    /** Compares from here on. The transport has started. */
    public void start() {
        try {
            thread.scheduleWithFixedDelay(this::round, ROUND_MS, ROUND_MS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException stopping) {
            // Nobody is there to compare with any more.
            return;
        }
    }

    private void round() {
        try {
            host.findings().save();
            named.review(host::isKnown);
            compareEarly();
            report();
            look();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "chains cannot be compared at the moment", e);
        }
    }

    private static boolean isOpen(Host host, int group) {
        return host.members(group) != null && !host.findings().isSetAside(group);
    }

    // As the leader of groups.

    private void report() {
        Map<String, Map<Point, Value>> told = new TreeMap<>();
        reports.forEach((group, report) -> {
            Membership members = host.members(group);
            if (members == null || !host.leads(group) || !isOpen(host, group)) {
                return;
            }
            Map<Point, Value> values = new LinkedHashMap<>();
            try (Chains chains = host.chains(group)) {
                if (chains != null) {
                    report.next(chains, values);
                }
            }
            if (!values.isEmpty()) {
                for (String member : others(members)) {
                    if (!host.isKnown(member, group)) {
                        told.computeIfAbsent(member, _ -> new LinkedHashMap<>()).putAll(values);
                    }
                }
            }
        });
        told.forEach(this::tell);
    }

    private Set<String> others(Membership members) {
        Set<String> others = new TreeSet<>(members.voters());
        others.addAll(members.observers());
        others.remove(transport.member());
        return others;
    }

    private void tell(String member, Map<Point, Value> values) {
        ChainMessage report = new ChainMessage(ChainMessage.Kind.REPORT, values);
        transport.link(member).call(Service.CHAINS, report.encode(), PATIENCE, new Reply() {
            @Override
            public void answered(ByteBuffer answer) {
                suspicious.addAll(ChainMessage.decode(answer).differing(values));
            }

            @Override
            public void failed(CallFailure failure) {
                // It is told other points in two seconds; a member that was away gets those in turn.
                LOG.log(System.Logger.Level.DEBUG, "member {0} did not compare: {1}", member, failure.message());
            }
        });
    }

    // As one that is told or asked.

    // On the thread that reads a connection, which must not wait.
    private void handle(String member, Service service, ByteBuffer request, Exchange exchange) {
        ChainMessage message = ChainMessage.decode(request);
        Thread.ofVirtual().name("archipel-chains").start(() -> {
            try {
                exchange.answer(answer(member, message).encode());
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.DEBUG, "chains cannot be read at the moment", e);
                exchange.fail("the chains cannot be read");
            }
        });
    }

    private ChainMessage answer(String member, ChainMessage asked) {
        Map<Point, Value> own = values(List.copyOf(asked.values().keySet()));
        if (asked.kind() == ChainMessage.Kind.REPORT) {
            Map<Point, Value> later = new LinkedHashMap<>();
            asked.values().forEach((point, value) -> {
                if (!own.getOrDefault(point, Value.UNKNOWN).isKnown()) {
                    later.put(point, value);
                }
            });
            early.put(member, later);
            List<Point> differing = asked.differing(own);
            suspicious.addAll(differing);
            own.keySet().retainAll(differing);
        }
        return new ChainMessage(ChainMessage.Kind.ANSWER, own);
    }

    private void compareEarly() {
        Map<String, Map<Point, Value>> all = new HashMap<>(early);
        early.clear();
        all.forEach((member, values) -> suspicious.addAll(
                new ChainMessage(ChainMessage.Kind.REPORT, values).differing(values(List.copyOf(values.keySet())))));
    }

    private Map<Point, Value> values(List<Point> points) {
        Map<Integer, List<Point>> byGroup = new TreeMap<>();
        points.forEach(point ->
                byGroup.computeIfAbsent(point.group(), _ -> new ArrayList<>()).add(point));
        Map<Point, Value> values = new LinkedHashMap<>();
        byGroup.forEach((group, some) -> {
            try (Chains chains = reports.containsKey(group) ? host.chains(group) : null) {
                some.forEach(point -> values.put(point, chains == null ? Value.UNKNOWN : point.in(chains)));
            }
        });
        return values;
    }

    private Value value(Point point) {
        return values(List.of(point)).getOrDefault(point, Value.UNKNOWN);
    }

    // As one that may be wrong.

    private void look() {
        Map<Integer, Point> points = new TreeMap<>();
        suspicions.forEach((group, suspicion) -> points.put(group, suspicion.point()));
        for (Point next = suspicious.poll(); next != null; next = suspicious.poll()) {
            points.putIfAbsent(next.group(), next);
        }
        points.forEach(this::look);
    }

    private void look(int group, Point point) {
        Membership members = host.members(group);
        if (members == null || !isOpen(host, group)) {
            suspicions.remove(group);
            return;
        }
        Map<String, Value> values = ask(point, others(members));
        values.put(transport.member(), value(point));
        Verdict verdict = Verdict.of(transport.member(), values, members);
        switch (verdict.kind()) {
            case DIVERGED -> {
                suspicions.remove(group);
                String other = verdict.others().first();
                Value theirs = values.getOrDefault(other, Value.UNKNOWN);
                host.diverged(
                        finding(first(point, other), Finding.State.DIVERGED),
                        () -> value(point).differs(theirs));
            }
            case SOUND -> {
                name(point, verdict.others());
                if (suspicions.remove(group) != null) {
                    host.cleared(group);
                }
            }
            case UNDECIDED -> {
                Suspicion before = suspicions.get(group);
                int rounds = before == null ? 1 : before.rounds() + 1;
                suspicions.put(group, new Suspicion(point, rounds));
                if (rounds == UNDECIDED_ROUNDS) {
                    host.suspect(finding(first(point, verdict.others().first()), Finding.State.SUSPECT));
                }
            }
        }
    }

    // What differs elsewhere is said here as well: the member itself may not be looked at.
    private void name(Point point, Set<String> differing) {
        for (String member : differing) {
            if (named.add(member, point.group())) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "Member {0} has other data than most: {1}.",
                        member,
                        finding(first(point, member), Finding.State.DIVERGED).place());
            }
        }
    }

    private Finding finding(Point point, Finding.State state) {
        String name = "";
        if (point.database() != Point.CATALOG) {
            try (Chains system = host.chains(CatalogKeys.SYSTEM_GROUP)) {
                String known = system == null ? null : system.name(point.database());
                name = known == null ? Integer.toString(point.database()) : known;
            }
        }
        return new Finding(point.group(), state, name, point.number());
    }

    // The first block at which a member has something else: a block's hash covers all before it.
    private Point first(Point point, String member) {
        if (point.database() == Point.CATALOG) {
            return point;
        }
        long low = 0;
        long high = point.number();
        while (low < high) {
            Point middle = point.at(low + (high - low) / 2);
            Value theirs = ask(middle, Set.of(member)).getOrDefault(member, Value.UNKNOWN);
            if (!theirs.isKnown()) {
                return point;
            }
            if (value(middle).equals(theirs)) {
                low = middle.number() + 1;
            } else {
                high = middle.number();
            }
        }
        return point.at(low);
    }

    private Map<String, Value> ask(Point point, Set<String> members) {
        Map<String, CompletableFuture<Value>> asked = new TreeMap<>();
        for (String member : members) {
            CompletableFuture<Value> value = new CompletableFuture<>();
            asked.put(member, value);
            ChainMessage question = ChainMessage.question(List.of(point));
            transport.link(member).call(Service.CHAINS, question.encode(), PATIENCE, new Reply() {
                @Override
                public void answered(ByteBuffer answer) {
                    value.complete(ChainMessage.decode(answer).values().getOrDefault(point, Value.UNKNOWN));
                }

                @Override
                public void failed(CallFailure failure) {
                    value.complete(Value.UNKNOWN);
                }
            });
        }
        Map<String, Value> values = new TreeMap<>();
        asked.forEach((member, value) -> values.put(member, await(value)));
        return values;
    }

    private static Value await(CompletableFuture<Value> value) {
        try {
            return value.completeOnTimeout(Value.UNKNOWN, 2 * PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                    .get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Value.UNKNOWN;
        } catch (ExecutionException e) {
            return Value.UNKNOWN;
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
