package archipel.locks;

import archipel.auth.DatabaseAccess;
import archipel.auth.UserContext;
import archipel.command.LockAnswer;
import archipel.command.LockAnswer.Outcome;
import archipel.command.LockBounds;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.health.Metrics;
import archipel.http.Access;
import archipel.http.AdminLog;
import archipel.http.Answer;
import archipel.http.HttpServices;
import archipel.http.Request;
import archipel.http.Router;
import archipel.lock.Lock;
import archipel.lock.Locks;
import archipel.settings.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * {@code _locks/{name}}: {@code POST} takes a lock, and waits for it; {@code PUT} renews it, {@code DELETE} gives it
 * up; {@code GET} shows who has it and who waits, and follows that. {@code GET} of {@code _locks} lists those that are
 * held.
 */
final class LockHandler {
    private static final long DEFAULT_TTL_MS = 10_000;

    private final Locks locks;
    private final Settings settings;
    private final Supplier<String> ids;
    private final LockFeed feed;

    LockHandler(HttpServices services, Settings settings, Supplier<String> ids) {
        this.locks = services.node().locks();
        this.settings = settings;
        this.ids = ids;
        this.feed = new LockFeed(locks, services.settings());
        Metrics metrics = services.node().metrics();
        metrics.gauge("locks_held", "locks that are held", locks::count);
        metrics.gauge(
                "locks_waiting",
                "requests that wait for a lock",
                () -> locks.all().values().stream()
                        .mapToLong(lock -> lock.queue().size())
                        .sum());
    }

    void register(Router router) {
        router.serverTree("_locks", Access.USER, "DELETE,GET,HEAD,POST,PUT")
                .get(this::get)
                .post(this::post)
                .put(this::put)
                .delete(this::delete);
    }

    private void requireAllowed(Request request) {
        if (settings.get(LockSettings.LOCKS_FOR_ADMINS_ONLY)) {
            DatabaseAccess.requireServerAdmin(request.user());
        }
    }

    private String name(Request request) {
        requireAllowed(request);
        if (request.path().size() < 2) {
            throw new RequestException(ErrorCode.METHOD_NOT_ALLOWED, "GET,HEAD");
        }
        String name = request.path().rest(1);
        int most = settings.get(LockSettings.MAX_LOCK_NAME);
        if (!isPrintable(name, most)) {
            throw new RequestException(ErrorCode.LOCK_NAME, most);
        }
        return name;
    }

    private static boolean isPrintable(String text, int mostBytes) {
        return !text.isEmpty()
                && text.length() <= mostBytes
                && text.getBytes(StandardCharsets.UTF_8).length <= mostBytes
                && text.chars().noneMatch(Character::isISOControl);
    }

    private void get(Request request, Answer answer) throws IOException {
        if (request.path().size() > 1) {
            feed.get(name(request), request, answer);
            return;
        }
        requireAllowed(request);
        locks.refresh();
        JsonBuffer json = new JsonBuffer(4096).ascii("{\"locks\":[");
        String separator = "";
        for (Lock lock : locks.all().values()) {
            LockJson.holder(json.ascii(separator).ascii('{'), lock)
                    .ascii(",\"waiting\":")
                    .number(lock.queue().size())
                    .ascii('}');
            separator = ",\n";
        }
        answer.json(200, json.ascii("]}"));
    }

    private void post(Request request, Answer answer) throws IOException {
        String name = name(request);
        JsonNode body = request.body().requireJson().jsonObject();
        String owner = text(body, "owner", null);
        String id = text(body, "request", ids);
        long ttlMs = time(body, "ttl", 1, settings.get(LockSettings.MAX_LOCK_TTL_MS), DEFAULT_TTL_MS);
        long waitMs = time(body, "wait", 0, settings.get(LockSettings.MAX_LOCK_WAIT_MS), 0);
        LockBounds bounds = new LockBounds(
                settings.get(LockSettings.MAX_LOCKS),
                settings.get(LockSettings.MAX_LOCK_WAITERS),
                settings.get(LockSettings.MAX_LOCKS_PER_USER));
        String user = user(request);
        LockAnswer got = locks.acquire(name, owner, user, id, ttlMs, waitMs, bounds);
        if (got.outcome() == Outcome.QUEUED) {
            got = new Turn(locks, name, got.place()).await(waitMs, request, answer.client());
            if (got.outcome() != Outcome.GRANTED && got.token() == 0) {
                // It became free just as the wait was over.
                got = locks.acquire(name, owner, user, id, ttlMs, 0, bounds);
            }
        }
        if (got.outcome() == Outcome.GRANTED) {
            answer.json(200, LockJson.grant(name, got));
            return;
        }
        RequestException locked = new RequestException(ErrorCode.LOCKED, name, got.owner());
        JsonBuffer json = locked.appendTo(new JsonBuffer(256).ascii('{')).ascii(",\"holder\":");
        answer.json(
                locked.status(),
                json.raw(LockJson.grant(name, got).toByteArray()).ascii('}'));
    }

    private void put(Request request, Answer answer) throws IOException {
        String name = name(request);
        JsonNode body = request.body().requireJson().jsonObject();
        long token = number(body, "token", 1, Long.MAX_VALUE);
        long ttlMs = time(body, "ttl", 1, settings.get(LockSettings.MAX_LOCK_TTL_MS), 0);
        answer.json(200, LockJson.grant(name, locks.renew(name, token, user(request), ttlMs)));
    }

    private void delete(Request request, Answer answer) throws IOException {
        String name = name(request);
        boolean force = request.parameters().bool("force", false);
        if (force) {
            DatabaseAccess.requireServerAdmin(request.user());
        }
        long token = request.parameters().has("token") || !force
                ? token(request.parameters().get("token", ""))
                : 0;
        long gone = locks.release(name, token, force ? null : user(request));
        if (force) {
            AdminLog.record(request, "lock_broken", name);
        }
        answer.json(
                200,
                new JsonBuffer(64).ascii("{\"ok\":true,\"token\":").number(gone).ascii('}'));
    }

    private static long token(String text) {
        try {
            long token = Long.parseLong(text);
            if (token > 0) {
                return token;
            }
        } catch (NumberFormatException e) {
            // Refused below, like what is not positive.
        }
        throw new RequestException(ErrorCode.LOCK_TOKEN);
    }

    private static String user(Request request) {
        UserContext user = request.user();
        return Objects.requireNonNullElse(user.name(), "");
    }

    /** @param absent gives the value where there is none; null where there must be one */
    private String text(JsonNode body, String member, @Nullable Supplier<String> absent) {
        JsonNode value = body.path(member);
        if (absent != null && (value.isMissingNode() || value.isNull())) {
            return absent.get();
        }
        int most = settings.get(LockSettings.MAX_LOCK_NAME);
        if (!value.isString() || !isPrintable(value.stringValue(), most)) {
            throw new RequestException(ErrorCode.LOCK_TEXT, member, most);
        }
        return value.stringValue();
    }

    private static long time(JsonNode body, String member, long least, long most, long absent) {
        return body.path(member).isMissingNode() ? absent : number(body, member, least, most);
    }

    private static long number(JsonNode body, String member, long least, long most) {
        JsonNode value = body.path(member);
        if (!value.isIntegralNumber()
                || !value.canConvertToLong()
                || value.longValue() < least
                || value.longValue() > most) {
            throw new RequestException(ErrorCode.LOCK_NUMBER, member, least, most);
        }
        return value.longValue();
    }
}
