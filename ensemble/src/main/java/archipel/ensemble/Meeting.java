package archipel.ensemble;

import archipel.document.JsonBuffer;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.transport.CallFailure;
import archipel.transport.Exchange;
import archipel.transport.Reply;
import archipel.transport.Service;
import archipel.transport.Transport;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/**
 * What members tell each other about themselves, again and again: where clients reach them, whether they have a vote, for
 * how long they have been up. An ensemble forms once each has met all others.
 */
final class Meeting {
    private static final System.Logger LOG = System.getLogger(Meeting.class.getName());
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final JsonLimits LIMITS = JsonLimits.DEFAULT;

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

    /**
     * What a member says of itself.
     *
     * @param url where clients reach it; empty where it does not know yet
     * @param observer whether it wants no vote
     * @param formed whether it has met all others once
     * @param upMs for how long it has been up
     * @param version of its program
     * @param format the newest that its program knows
     * @param applied up to which index it has applied each group, by the group's number
     */
    record Greeting(
            String url,
            boolean observer,
            boolean formed,
            long upMs,
            String version,
            int format,
            SortedMap<Integer, Long> applied) {
        byte[] encode() {
            JsonBuffer json = new JsonBuffer(512)
                    .ascii("{\"url\":")
                    .string(url)
                    .ascii(",\"observer\":")
                    .ascii(Boolean.toString(observer))
                    .ascii(",\"formed\":")
                    .ascii(Boolean.toString(formed))
                    .ascii(",\"up_ms\":")
                    .number(upMs)
                    .ascii(",\"version\":")
                    .string(version)
                    .ascii(",\"format\":")
                    .number(format)
                    .ascii(",\"applied\":{");
            String separator = "";
            for (Map.Entry<Integer, Long> one : applied.entrySet()) {
                json.ascii(separator).string(one.getKey().toString()).ascii(':').number(one.getValue());
                separator = ",";
            }
            return json.ascii("}}").toByteArray();
        }

        static Greeting decode(ByteBuffer bytes) {
            byte[] text = new byte[bytes.remaining()];
            bytes.get(text);
            JsonNode json = JsonTree.parse(new String(text, StandardCharsets.UTF_8), LIMITS);
            SortedMap<Integer, Long> applied = new TreeMap<>();
            json.path("applied").forEachEntry((group, index) -> {
                if (group.matches("[0-9]{1,5}")) {
                    applied.put(Integer.valueOf(group), index.asLong(0));
                }
            });
            return new Greeting(
                    json.path("url").asString(""),
                    json.path("observer").asBoolean(false),
                    json.path("formed").asBoolean(false),
                    json.path("up_ms").asLong(0),
                    json.path("version").asString(""),
                    json.path("format").asInt(0),
                    applied);
        }
    }

    /** Greets all members that are connected, and tries to connect the others. */
    void greet() {
        byte[] greeting = own.get().encode();
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

    private void answer(String member, Service service, ByteBuffer request, Exchange exchange) {
        heard(member, request);
        exchange.answer(ByteBuffer.wrap(own.get().encode()));
    }

    private void heard(String member, ByteBuffer bytes) {
        try {
            Greeting greeting = Greeting.decode(bytes);
            heard.put(member, greeting);
            directory.update(
                    member,
                    known -> known.with(greeting.observer(), greeting.url().isEmpty() ? known.url() : greeting.url()));
        } catch (RequestException e) {
            LOG.log(System.Logger.Level.WARNING, "member {0} says of itself what cannot be read", member);
        }
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
