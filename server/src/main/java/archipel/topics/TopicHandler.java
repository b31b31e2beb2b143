package archipel.topics;

import archipel.auth.DatabaseAccess;
import archipel.command.PublishedMessage;
import archipel.command.Retention;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.feeds.FeedWriter.Shape;
import archipel.health.Metrics;
import archipel.http.Access;
import archipel.http.AdminLog;
import archipel.http.Answer;
import archipel.http.HttpServices;
import archipel.http.Request;
import archipel.http.Router;
import archipel.json.JsonSlice;
import archipel.settings.Settings;
import archipel.topic.Topic;
import archipel.topic.TopicState;
import archipel.topic.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * {@code _topics/{name}}: {@code POST} publishes a message, {@code GET} delivers messages, {@code PUT} makes a topic
 * and says what it keeps, {@code DELETE} deletes it. {@code GET} of {@code _topics} lists them.
 */
final class TopicHandler {
    private static final int MOST_NAME_BYTES = 256;
    private static final int MOST_KEY_CHARACTERS = 256;

    private final Topics topics;
    private final Settings settings;
    private final TopicFeed feed;

    TopicHandler(HttpServices services, Settings settings) {
        this.topics = services.node().topics();
        this.settings = settings;
        this.feed = new TopicFeed(topics, services.settings());
        Metrics metrics = services.node().metrics();
        metrics.gauge("topics", "topics there are", () -> topics.all().size());
        metrics.gauge("topic_messages", "messages that topics keep", () -> sum(TopicState::count));
        metrics.gauge("topic_bytes", "bytes of the messages that topics keep", () -> sum(TopicState::bytes));
    }

    void register(Router router) {
        router.serverTree("_topics", Access.USER, "DELETE,GET,HEAD,POST,PUT")
                .get(this::get)
                .post(this::post)
                .put(this::put)
                .delete(this::delete);
    }

    private long sum(ToLongFunction<TopicState> value) {
        return topics.all().values().stream()
                .mapToLong(topic -> value.applyAsLong(topics.state(topic)))
                .sum();
    }

    private void requireAllowed(Request request) {
        if (settings.get(TopicSettings.TOPICS_FOR_ADMINS_ONLY)) {
            DatabaseAccess.requireServerAdmin(request.user());
        }
    }

    private String name(Request request) {
        requireAllowed(request);
        if (request.path().size() < 2) {
            throw new RequestException(ErrorCode.METHOD_NOT_ALLOWED, "GET,HEAD");
        }
        String name = request.path().rest(1);
        if (name.getBytes(StandardCharsets.UTF_8).length > MOST_NAME_BYTES
                || name.chars().anyMatch(Character::isISOControl)) {
            throw new RequestException(ErrorCode.TOPIC_NAME);
        }
        return name;
    }

    private Retention standard() {
        return new Retention(
                settings.get(TopicSettings.TOPIC_RETENTION_MESSAGES),
                settings.get(TopicSettings.TOPIC_RETENTION_SIZE),
                settings.get(TopicSettings.TOPIC_RETENTION_SECONDS) * 1_000L);
    }

    private void get(Request request, Answer answer) throws IOException {
        if (request.path().size() > 1) {
            feed(name(request), request, answer);
            return;
        }
        requireAllowed(request);
        topics.refresh();
        JsonBuffer json = new JsonBuffer(4096).ascii("{\"topics\":[");
        String separator = "";
        for (Topic topic : topics.all().values()) {
            json.ascii(separator).ascii("{\"name\":").string(topic.name()).ascii(',');
            TopicJson.state(json, topics.state(topic)).ascii(',');
            TopicJson.retention(json, topic.retention()).ascii('}');
            separator = ",\n";
        }
        answer.json(200, json.ascii("]}"));
    }

    // Who subscribes need not wait for somebody to publish.
    private void feed(String name, Request request, Answer answer) throws IOException {
        Shape shape = TopicFeed.shape(request);
        Topic topic = shape == Shape.NORMAL || topics.isKnown(name)
                ? topics.topic(name)
                : topics.create(name, standard(), false, settings.get(TopicSettings.MAX_TOPICS));
        feed.get(topic, shape, request, answer);
    }

    private void post(Request request, Answer answer) throws IOException {
        String name = name(request);
        String key = request.header("Idempotency-Key");
        if (key != null && (key.isEmpty() || key.length() > MOST_KEY_CHARACTERS)) {
            throw new RequestException(ErrorCode.MESSAGE_KEY);
        }
        long most = settings.get(TopicSettings.MAX_MESSAGE_SIZE);
        byte[] body = request.body().requireJson().bytes((int) most);
        request.body().json(body);
        byte[] message = JsonSlice.of(body).compact();
        PublishedMessage published = topics.publish(
                name, key == null ? "" : key, message, standard(), settings.get(TopicSettings.MAX_TOPICS));
        JsonBuffer json = new JsonBuffer(128).ascii("{\"ok\":true,\"topic\":").string(name);
        json.ascii(",\"id\":").number(published.number());
        if (published.repeated()) {
            json.ascii(",\"repeated\":true");
        }
        answer.json(published.repeated() ? 200 : 201, json.ascii('}'));
    }

    /** Whoever may publish may make a topic, since publishing makes one; what others rely on is for admins. */
    private void put(Request request, Answer answer) throws IOException {
        String name = name(request);
        byte[] body = request.body().bytes();
        @Nullable
        JsonNode given = body.length == 0
                ? null
                : request.body().requireJson().json(body).path("retention");
        Retention retention = given == null ? standard() : retention(given);
        boolean known = topics.isKnown(name);
        if (known && given != null && !request.user().isAdmin()) {
            throw new RequestException(ErrorCode.TOPIC_EXISTS);
        }
        boolean change = given != null && request.user().isAdmin();
        Topic topic = topics.create(name, retention, change, settings.get(TopicSettings.MAX_TOPICS));
        JsonBuffer json = new JsonBuffer(256).ascii("{\"ok\":true,\"name\":").string(name);
        answer.json(
                known ? 200 : 201,
                TopicJson.retention(json.ascii(','), topic.retention()).ascii('}'));
    }

    private Retention retention(JsonNode given) {
        Retention standard = standard();
        return new Retention(
                number(given, "messages", Integer.MAX_VALUE, standard::messages),
                number(given, "bytes", settings.get(TopicSettings.MAX_TOPIC_SIZE), standard::bytes),
                number(given, "age", Integer.MAX_VALUE * 1_000L, standard::ageMs));
    }

    private static long number(JsonNode retention, String member, long most, LongSupplier absent) {
        JsonNode value = retention.path(member);
        if (value.isMissingNode()) {
            return absent.getAsLong();
        }
        if (!value.isIntegralNumber()
                || !value.canConvertToLong()
                || value.longValue() < 1
                || value.longValue() > most) {
            throw new RequestException(ErrorCode.TOPIC_RETENTION, member, most);
        }
        return value.longValue();
    }

    private void delete(Request request, Answer answer) throws IOException {
        String name = name(request);
        DatabaseAccess.requireServerAdmin(request.user());
        Topic topic = topics.topic(name);
        TopicState state = topics.state(topic);
        topics.drop(topic);
        AdminLog.record(request, "topic_deleted", name);
        answer.json(
                200,
                new JsonBuffer(64)
                        .ascii("{\"ok\":true,\"messages\":")
                        .number(state.count())
                        .ascii('}'));
    }
}
