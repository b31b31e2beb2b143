package archipel.ensemble;

import archipel.document.RequestException;
import archipel.transport.CallFailure;
import archipel.transport.Exchange;
import archipel.transport.Reply;
import archipel.transport.Service;
import archipel.transport.Transport;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What members tell each other about themselves, again and again: where clients reach them, whether they have a vote,
 * for how long they have been up. An ensemble forms once each has met all others.
 */
final class Meeting {
    private static final System.Logger LOG = System.getLogger(Meeting.class.getName());
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Transport transport;
    private final MemberDirectory directory;
    private final Supplier<Greeting> own;
    private final Map<String, Greeting> heard = new ConcurrentHashMap<>();

    /** @param own what this member says of itself at the moment */
    Meeting(Transport transport, MemberDirectory directory, Supplier<Greeting> own) {
        this.transport = transport;
        this.directory = directory;
        this.own = own;
        transport.serve(Service.MEMBERS, this::answer);
    }

    /** Greets all members that are connected, and tries to connect the others. */
    void greet() {
        byte[] greeting = own.get().encode();
        heard.keySet().removeIf(member -> directory.find(member) == null);
        for (MemberInfo member : directory.members()) {
            if (!member.name().equals(transport.member())) {
                transport.link(member.name()).call(Service.MEMBERS, ByteBuffer.wrap(greeting), PATIENCE, new Reply() {
                    @Override
                    public void answered(ByteBuffer answer) {
                        heard(member.name(), answer);
                    }

                    @Override
                    public void failed(CallFailure failure) {
                        heard.remove(member.name());
                    }
                });
            }
        }
    }

    // A member that was away while others came or went learns of it here, also where nobody is left that it knew.
    private void answer(String member, Service service, ByteBuffer request, Exchange exchange) {
        Greeting greeting = heard(member, request);
        Roster newest = directory.roster();
        boolean news = greeting != null && greeting.roster() < newest.version();
        Greeting answer = news ? own.get().withNews(newest.toString()) : own.get();
        exchange.answer(ByteBuffer.wrap(answer.encode()));
    }

    private @Nullable Greeting heard(String member, ByteBuffer bytes) {
        try {
            Greeting greeting = Greeting.decode(bytes);
            heard.put(member, greeting);
            directory.update(member, known -> updated(known, greeting));
            if (greeting.beginning().formed() && !directory.isFormed()) {
                directory.bind(greeting.beginning().keys());
            }
            if (!greeting.news().isEmpty()) {
                directory.follow(Roster.parse(greeting.news()));
            }
            return greeting;
        } catch (RequestException | IllegalArgumentException e) {
            LOG.log(System.Logger.Level.WARNING, "member {0} says of itself what cannot be read", member);
            return null;
        }
    }

    // Where it is it knows best. Whether it has a vote is agreed upon, once there is an ensemble.
    private MemberInfo updated(MemberInfo known, Greeting greeting) {
        MemberInfo updated = known.with(
                directory.isFormed() ? known.observer() : greeting.observer(),
                greeting.url().isEmpty() ? known.url() : greeting.url());
        return greeting.address().isEmpty()
                ? updated
                : updated.with(MemberAddress.of(known.name(), greeting.address()));
    }

    /** What each member said last, where it answers at the moment. */
    Map<String, Greeting> heard() {
        return Map.copyOf(heard);
    }

    /** Members that do not answer at the moment, with their addresses. */
    List<MemberAddress> missing() {
        return directory.members().stream()
                .filter(member -> !member.name().equals(transport.member()) && !heard.containsKey(member.name()))
                .map(MemberInfo::address)
                .toList();
    }

    /** Whether all other members have been met. */
    boolean isComplete() {
        Set<String> met = heard.keySet();
        return directory.members().stream()
                .allMatch(member -> member.name().equals(transport.member())
                        || met.contains(member.name()) && member.fingerprint() != null);
    }
}
