package archipel.ensemble;

import archipel.changes.Deadline;
import archipel.consensus.Consensus;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.identity.Fingerprint;
import archipel.storage.CatalogKeys;
import archipel.transport.CallFailure;
import archipel.transport.Exchange;
import archipel.transport.Reply;
import archipel.transport.Service;
import archipel.transport.Transport;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Changes of the members that admins want, on any member: it passes them to the leader of the system group, or of the
 * group that they are about. What is asked for is recorded, and done after that ({@link MemberKeeper}): asking for it
 * again changes nothing. Safe for use by many threads.
 */
final class MemberChanges {
    private static final System.Logger LOG = System.getLogger(MemberChanges.class.getName());
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration TRANSFER = Duration.ofSeconds(5);
    private static final Duration LEADERLESS = Duration.ofSeconds(5);
    private static final int PAUSE_MS = 20;

    private final Transport transport;
    private final MemberDirectory directory;
    private final Meeting meeting;
    private final ReplicatedLog log;
    private final MemberKeeper keeper;

    MemberChanges(
            Transport transport, MemberDirectory directory, Meeting meeting, ReplicatedLog log, MemberKeeper keeper) {
        this.transport = transport;
        this.directory = directory;
        this.meeting = meeting;
        this.log = log;
        this.keeper = keeper;
        transport.serve(Service.MEMBERSHIP, this::handle);
    }

    /**
     * What came of it.
     *
     * @param changed whether anything has
     * @param roster the members as they are to be from here on
     */
    record Done(boolean changed, Roster roster) {}

    /** Has it done. @throws RequestException where it cannot be */
    Done request(MemberRequest request) {
        if (request instanceof MemberRequest.Transfer transfer
                && transfer.group().isEmpty()) {
            return transferAll(transfer.name());
        }
        int group = request instanceof MemberRequest.Transfer transfer
                ? transfer.group().orElse(CatalogKeys.SYSTEM_GROUP)
                : CatalogKeys.SYSTEM_GROUP;
        if (group < 0 || group >= log.groups().size()) {
            throw new RequestException(ErrorCode.MEMBER_GROUP, group);
        }
        Deadline deadline = Deadline.after(LEADERLESS);
        while (true) {
            String leader = leader(group);
            try {
                if (directory.own().equals(leader)) {
                    return here(request);
                } else if (leader != null) {
                    return ask(leader, request);
                }
            } catch (RequestException e) {
                if (e.code() != ErrorCode.NOT_LEADER && e.code() != ErrorCode.STALE_TERM) {
                    throw e;
                }
            }
            if (deadline.hasPassed()) {
                throw new RequestException(ErrorCode.NO_MAJORITY);
            }
            rest();
        }
    }

    private @Nullable String leader(int group) {
        Consensus consensus = log.groups().get(group).consensus();
        if (consensus == null) {
            throw new RequestException(ErrorCode.ENSEMBLE_FORMING);
        }
        return consensus.standing().leader();
    }

    private static void rest() {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestException(ErrorCode.STOPPING);
        }
    }

    // At the leader.

    private Done here(MemberRequest request) {
        return switch (request) {
            case MemberRequest.Add add -> record(roster -> add(roster, add));
            case MemberRequest.Remove remove -> record(roster -> remove(roster, remove));
            case MemberRequest.Observe observe -> record(roster -> observe(roster, observe));
            case MemberRequest.Keep keep -> {
                log.groups().get(keep.group()).keep();
                yield new Done(false, directory.roster());
            }
            case MemberRequest.Transfer transfer ->
                transfer(transfer.name(), transfer.group().orElse(CatalogKeys.SYSTEM_GROUP));
        };
    }

    private Done record(UnaryOperator<Roster> change) {
        try {
            log.readBarrier(CatalogKeys.SYSTEM_GROUP).get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new RequestException(ErrorCode.NO_MAJORITY);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestException(ErrorCode.STOPPING);
        }
        List<Roster> before = new ArrayList<>();
        Roster after = keeper.changeAsLeader(roster -> {
            if (roster.version() == 0 || directory.isFounder()) {
                throw new RequestException(ErrorCode.ENSEMBLE_FORMING);
            }
            before.add(roster);
            return change.apply(roster);
        });
        return new Done(!before.getFirst().equals(after), after);
    }

    private Roster add(Roster roster, MemberRequest.Add add) {
        MemberAddress address = check(add);
        int format = log.groups().getFirst().codec().format().number();
        if (add.format() != 0 && add.format() < format) {
            throw new RequestException(ErrorCode.MEMBER_FORMAT, add.name(), add.format(), format);
        }
        for (Roster.Entry other : roster.members().values()) {
            if (!other.name().equals(add.name())) {
                if (other.fingerprint().equals(add.id())) {
                    throw new RequestException(ErrorCode.MEMBER_KEY_TAKEN, other.name());
                } else if (other.address().place().equals(address.place())) {
                    throw new RequestException(ErrorCode.MEMBER_ADDRESS_TAKEN, other.name());
                }
            }
        }
        Roster.Entry known = roster.find(add.name());
        if (known == null) {
            requireSettled(roster, add.name());
            return roster.with(new Roster.Entry(address, add.id(), add.observer(), 0, false));
        } else if (known.leaving()) {
            throw new RequestException(ErrorCode.MEMBER_LEAVING, add.name());
        } else if (!known.fingerprint().equals(add.id())) {
            throw new RequestException(ErrorCode.MEMBER_OTHER_KEY, add.name());
        } else if (known.observer() != add.observer()) {
            throw new RequestException(ErrorCode.MEMBER_ROLE, add.name());
        }
        return known.address().equals(address) ? roster : roster.with(known.with(address));
    }

    private static MemberAddress check(MemberRequest.Add add) {
        if (!MemberAddress.isName(add.name())) {
            throw new RequestException(ErrorCode.MEMBER_NAME, quoted(add.name()));
        }
        if (!Fingerprint.isOne(add.id())) {
            throw new RequestException(ErrorCode.MEMBER_ID, quoted(add.id()));
        }
        try {
            return MemberAddress.of(add.name(), add.address());
        } catch (IllegalArgumentException e) {
            throw new RequestException(ErrorCode.MEMBER_ADDRESS, quoted(add.address()));
        }
    }

    private static String quoted(String given) {
        return '"' + given.replaceAll("[^\\x20-\\x7e]", "?") + '"';
    }

    private Roster.Entry known(Roster roster, String name) {
        Roster.Entry known = roster.find(name);
        if (known == null) {
            throw new RequestException(ErrorCode.MEMBER_UNKNOWN, quoted(name));
        }
        return known;
    }

    private Roster remove(Roster roster, MemberRequest.Remove remove) {
        Roster.Entry known = known(roster, remove.name());
        if (known.leaving()) {
            return roster;
        }
        requireVotes(roster, remove.name(), remove.force());
        // One that is on its way, or never came, may always go.
        if (!isUnderWay(roster, remove.name())) {
            requireSettled(roster, remove.name());
        }
        return roster.with(known.asLeaving());
    }

    private Roster observe(Roster roster, MemberRequest.Observe observe) {
        Roster.Entry known = known(roster, observe.name());
        if (known.leaving()) {
            throw new RequestException(ErrorCode.MEMBER_LEAVING, observe.name());
        } else if (known.observer() == observe.observer()) {
            return roster;
        }
        if (observe.observer()) {
            requireVotes(roster, observe.name(), observe.force());
        }
        if (!isUnderWay(roster, observe.name())) {
            requireSettled(roster, observe.name());
        }
        return roster.with(known.withObserver(observe.observer()));
    }

    // Two changes at a time could each be safe, and leave too few votes together.
    private void requireSettled(Roster roster, String but) {
        for (String name : roster.members().keySet()) {
            if (!name.equals(but) && isUnderWay(roster, name)) {
                throw new RequestException(ErrorCode.MEMBERS_CHANGING, name);
            }
        }
    }

    // Not in every group what it is to be, as far as is known here.
    private boolean isUnderWay(Roster roster, String name) {
        return roster.version() == directory.roster().version()
                && EnsembleStatus.isUnderWay(roster, name, log, keeper.isSettled());
    }

    private void requireVotes(Roster roster, String name, boolean force) {
        SortedSet<String> left = new TreeSet<>(roster.wanted().voters());
        if (!left.remove(name)) {
            return;
        }
        if (left.isEmpty()) {
            throw new RequestException(ErrorCode.MEMBER_LAST, name);
        }
        Map<String, Greeting> heard = meeting.heard();
        long reachable = left.stream()
                .filter(other -> other.equals(directory.own()) || heard.containsKey(other))
                .count();
        if (!force && reachable < left.size() / 2 + 1) {
            throw new RequestException(ErrorCode.MEMBERS_TOO_FEW, name);
        }
    }

    private Done transferAll(String name) {
        boolean changed = false;
        for (ReplicatedGroup group : log.groups()) {
            changed |= request(new MemberRequest.Transfer(name, OptionalInt.of(group.number())))
                    .changed();
        }
        return new Done(changed, directory.roster());
    }

    private Done transfer(String name, int number) {
        known(directory.roster(), name);
        Consensus consensus = log.groups().get(number).consensus();
        if (consensus == null) {
            throw new RequestException(ErrorCode.ENSEMBLE_FORMING);
        }
        if (!consensus.standing().membership().voters().contains(name)) {
            throw new RequestException(ErrorCode.MEMBER_WITHOUT_VOTE, name);
        }
        if (name.equals(directory.own())) {
            log.groups().get(number).keep();
            return new Done(false, directory.roster());
        }
        Deadline deadline = Deadline.after(TRANSFER);
        tell(name, new MemberRequest.Keep(name, number));
        consensus.transfer(name, failure -> {});
        while (!name.equals(consensus.standing().leader())) {
            if (deadline.hasPassed()) {
                throw new RequestException(ErrorCode.TRANSFER_FAILED, name, number);
            }
            rest();
        }
        return new Done(true, directory.roster());
    }

    // Between members.

    // One that does not hear of it leads all the same, and may hand the group over when leaders spread.
    private void tell(String name, MemberRequest request) {
        transport.link(name).call(Service.MEMBERSHIP, ByteBuffer.wrap(request.encode()), PATIENCE, new Reply() {
            @Override
            public void answered(ByteBuffer answer) {}

            @Override
            public void failed(CallFailure failure) {
                LOG.log(System.Logger.Level.DEBUG, "member {0} was not told: {1}", name, failure);
            }
        });
    }

    private Done ask(String leader, MemberRequest request) {
        CompletableFuture<byte[]> asked = new CompletableFuture<>();
        transport.link(leader).call(Service.MEMBERSHIP, ByteBuffer.wrap(request.encode()), PATIENCE, new Reply() {
            @Override
            public void answered(ByteBuffer answer) {
                byte[] text = new byte[answer.remaining()];
                answer.get(text);
                asked.complete(text);
            }

            @Override
            public void failed(CallFailure failure) {
                asked.completeExceptionally(new RequestException(
                        failure.mayHaveArrived() ? ErrorCode.WRITE_UNDECIDED : ErrorCode.NOT_LEADER));
            }
        });
        try {
            return done(asked.get(2 * PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
        } catch (ExecutionException | TimeoutException e) {
            if (e.getCause() instanceof RequestException failure) {
                throw failure;
            }
            throw new RequestException(ErrorCode.WRITE_UNDECIDED);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RequestException(ErrorCode.STOPPING);
        }
    }

    /** What a leader has answered. @throws RequestException where it refused, or it cannot be told what came of it */
    static Done done(byte[] text) {
        JsonNode answer;
        Roster roster;
        ErrorCode refusal;
        try {
            answer = JsonTree.parse(text, JsonLimits.DEFAULT);
            String error = answer.path("error").asString("");
            refusal = error.isEmpty() ? null : ErrorCode.valueOf(error);
            roster = refusal == null ? Roster.parse(answer.path("roster")) : Roster.NONE;
        } catch (RequestException | IllegalArgumentException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "a leader answered a change of the members with what cannot be read",
                    e);
            throw new RequestException(ErrorCode.WRITE_UNDECIDED);
        }
        if (refusal != null) {
            List<String> fields = new ArrayList<>();
            answer.path("fields").forEach(field -> fields.add(field.asString("")));
            throw new RequestException(refusal, fields.toArray());
        }
        return new Done(answer.path("changed").asBoolean(false), roster);
    }

    // On the thread that reads a connection, which must not wait.
    private void handle(String member, Service service, ByteBuffer request, Exchange exchange) {
        byte[] text = new byte[request.remaining()];
        request.get(text);
        Thread.ofVirtual().name("archipel-membership").start(() -> exchange.answer(ByteBuffer.wrap(answer(text))));
    }

    private byte[] answer(byte[] text) {
        JsonBuffer json = new JsonBuffer(1024);
        try {
            Done done = here(MemberRequest.decode(JsonTree.parse(text, JsonLimits.DEFAULT)));
            json.ascii("{\"changed\":").bool(done.changed()).ascii(",\"roster\":");
            done.roster().appendTo(json);
        } catch (RequestException e) {
            json.reset().ascii("{\"error\":").string(e.code().name());
            MemberFile.appendNames(json.ascii(",\"fields\":"), e.fields());
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "a change of the members failed", e);
            json.reset().ascii("{\"error\":").string(ErrorCode.INTERNAL.name());
        }
        return json.ascii('}').toByteArray();
    }
}
