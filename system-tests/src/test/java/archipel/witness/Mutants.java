package archipel.witness;

import archipel.testimony.Block;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Ways to break what the node promises. */
final class Mutants {
    private static final JsonMapper JSON = new JsonMapper();
    /** How often, in requests, the rarer ones strike. */
    private static final int EVERY = 25;

    private Mutants() {}

    /** None. */
    static Mutation unchanged() {
        return (request, node) -> node.send(request);
    }

    /** Pinned reads come from the newest state. */
    static Mutation unpinned() {
        return (request, node) -> node.send(request.without("block"));
    }

    /** The same, and each answer claims to be of the block that was asked for. */
    static Mutation unpinnedAndLying() {
        Map<String, Block> blocks = new ConcurrentHashMap<>();
        return (request, node) -> {
            Answer answer = node.send(request.without("block"));
            if (answer.block() != null) {
                blocks.putIfAbsent(answer.block().hash(), answer.block());
            }
            String asked = request.parameter("block");
            return asked == null || answer.block() == null ? answer : claiming(answer, blocks.get(asked));
        };
    }

    /** Whatever reads get may be as old as a number of requests; it says how old it is. */
    static Mutation laggingCache() {
        return new LaggingCache(LaggingCache.Manner.CARELESS);
    }

    /** The same, but it heeds the least block that a request names: nothing is broken but the freshness of the rest. */
    static Mutation heedfulCache() {
        return new LaggingCache(LaggingCache.Manner.HEEDFUL);
    }

    /** The same, and what comes out of the cache claims to be of the newest block. */
    static Mutation laggingAndLyingCache() {
        return new LaggingCache(LaggingCache.Manner.LYING);
    }

    /** Atomic writes happen in two halves. */
    static Mutation halvedAtomics() {
        return (request, node) -> {
            if (request.body() == null || !request.body().startsWith("{\"atomic\":true")) {
                return node.send(request);
            }
            ObjectNode whole = (ObjectNode) JSON.readTree(request.body());
            ArrayNode documents = (ArrayNode) whole.get("docs");
            ObjectNode first = whole.deepCopy();
            first.putArray("docs").add(documents.get(0));
            documents.remove(0);
            Answer one = node.send(request.withBody(first.toString()));
            Answer rest = node.send(request.withBody(whole.toString()));
            if (!one.isSuccess() || !rest.isSuccess()) {
                return one.isSuccess() ? rest : one;
            }
            ArrayNode rows = ((ArrayNode) one.json()).addAll((ArrayNode) rest.json());
            return with(rest, rows.toString());
        };
    }

    /** A row is missing in a feed now and then. */
    static Mutation skippingFeed() {
        AtomicInteger count = new AtomicInteger();
        return (request, node) -> {
            Answer answer = node.send(request);
            boolean struck = request.path().endsWith("/_changes")
                    && answer.isSuccess()
                    && answer.json().path("results").size() > 0
                    && count.incrementAndGet() % 3 == 0;
            if (!struck) {
                return answer;
            }
            ObjectNode json = (ObjectNode) answer.json();
            ((ArrayNode) json.get("results")).remove(0);
            return with(answer, json.toString());
        };
    }

    /** The bytes of a pinned answer differ now and then, though they mean the same. */
    static Mutation unsteadyBytes() {
        AtomicInteger count = new AtomicInteger();
        return (request, node) -> {
            Answer answer = node.send(request);
            boolean struck =
                    request.parameter("block") != null && answer.isSuccess() && count.incrementAndGet() % EVERY == 0;
            return struck ? with(answer, new String(answer.body(), StandardCharsets.UTF_8) + " ") : answer;
        };
    }

    /** A single write is acknowledged now and then with a revision of its own and the newest block, and not done. */
    static Mutation lostWrites() {
        AtomicInteger count = new AtomicInteger();
        AtomicReference<@Nullable Block> newest = new AtomicReference<>();
        return (request, node) -> {
            boolean single = request.method().equals("PUT") && request.path().contains("/doc-");
            Block block = newest.get();
            if (single && block != null && count.incrementAndGet() % 4 == 0) {
                JsonNode body = JSON.readTree(request.body());
                String rev = body.get("n") + "-" + "0".repeat(32);
                String told = "{\"ok\":true,\"id\":\"" + body.get("_id").stringValue() + "\",\"rev\":\"" + rev + "\"}";
                return new Answer(201, block, null, told.getBytes(StandardCharsets.UTF_8));
            }
            Answer answer = node.send(request);
            if (answer.block() != null) {
                newest.accumulateAndGet(answer.block(), Mutants::newer);
            }
            return answer;
        };
    }

    private static Block newer(@Nullable Block one, @Nullable Block other) {
        Block known = Objects.requireNonNull(other);
        return one != null && one.number() > known.number() ? one : known;
    }

    private static Answer claiming(Answer answer, @Nullable Block block) {
        return block == null ? answer : new Answer(answer.status(), block, answer.etag(), answer.body());
    }

    private static Answer with(Answer answer, String body) {
        return new Answer(answer.status(), answer.block(), answer.etag(), body.getBytes(StandardCharsets.UTF_8));
    }

    /** Knows nothing of the least block that a request names, and gives what it has for a while. */
    private static final class LaggingCache implements Mutation {
        private static final int USES = 6;

        enum Manner {
            CARELESS,
            LYING,
            HEEDFUL
        }

        private record Cached(Answer answer, AtomicInteger uses) {}

        private final Map<String, Cached> cached = new ConcurrentHashMap<>();
        private final AtomicReference<@Nullable Block> newest = new AtomicReference<>();
        private final Manner manner;

        LaggingCache(Manner manner) {
            this.manner = manner;
        }

        @Override
        public Answer pass(Passing request, Node node) throws IOException, InterruptedException {
            Map<String, String> headers = new LinkedHashMap<>(request.headers());
            headers.remove("Archipel-Min-Block");
            Passing stripped = new Passing(
                    request.method(),
                    request.path(),
                    request.without("min_block").query(),
                    request.body(),
                    headers);
            String key = stripped.path() + "?" + stripped.query() + " " + stripped.body();
            Cached old = cached.get(key);
            if (old != null
                    && request.reads()
                    && isEnough(old.answer(), request)
                    && old.uses().incrementAndGet() <= USES) {
                return manner == Manner.LYING ? claiming(old.answer(), newest.get()) : old.answer();
            }
            Answer answer = node.send(manner == Manner.HEEDFUL ? request : stripped);
            if (answer.block() != null) {
                newest.accumulateAndGet(answer.block(), Mutants::newer);
            }
            if (request.reads() && answer.isSuccess() && request.parameter("block") == null) {
                cached.put(key, new Cached(answer, new AtomicInteger()));
            }
            return answer;
        }

        private boolean isEnough(Answer answer, Passing request) {
            if (manner != Manner.HEEDFUL) {
                return true;
            }
            String header = request.headers().get("Archipel-Min-Block");
            String least = header == null ? request.parameter("min_block") : header;
            Block block = answer.block();
            return least == null || block != null && block.number() >= Long.parseLong(least);
        }
    }
}
