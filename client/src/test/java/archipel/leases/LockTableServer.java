package archipel.leases;

import archipel.calls.FakeNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Locks over HTTP as a node gives them, correct and in memory. */
public final class LockTableServer implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    private final Map<String, Entry> locks = new HashMap<>();
    private final FakeNode node;
    private long lastToken;
    private int mute;
    private int requests;
    private int deaf;

    public LockTableServer() throws IOException {
        node = FakeNode.start(this::handle);
    }

    private static final class Entry {
        private @Nullable Holder holder;
        private final Map<String, String> owners = new HashMap<>();
        private final Deque<String> queue = new ArrayDeque<>();
    }

    private record Holder(String owner, String request, long token, long ttlNanos, long until) {}

    public String url() {
        return node.url();
    }

    /** Takes requests and gives no answer to the next ones, though it does what they want. */
    public synchronized void swallowAnswers(int count) {
        mute = count;
    }

    /** Refuses the next renewals. */
    public synchronized void refuseRenewals(int count) {
        deaf = count;
    }

    /** How often somebody has asked for a lock. */
    public synchronized int acquisitions() {
        return requests;
    }

    /** As an admin, or a clock that jumps, might. */
    public synchronized void takeAway(String name) {
        entry(name).holder = null;
        notifyAll();
    }

    private synchronized Entry entry(String name) {
        Entry entry = locks.computeIfAbsent(name, one -> new Entry());
        if (entry.holder != null && entry.holder.until - System.nanoTime() <= 0) {
            entry.holder = null;
            notifyAll();
        }
        return entry;
    }

    /** Answers a request about a lock. */
    public void handle(HttpExchange exchange) throws IOException {
        String name = exchange.getRequestURI().getPath().substring("/_locks/".length());
        byte[] body = exchange.getRequestBody().readAllBytes();
        JsonNode json = body.length == 0 ? JSON.createObjectNode() : JSON.readTree(body);
        switch (exchange.getRequestMethod()) {
            case "POST" -> answer(exchange, acquire(name, json));
            case "PUT" -> answer(exchange, renew(name, json.path("token").asLong()));
            case "DELETE" ->
                answer(
                        exchange,
                        release(
                                name,
                                Long.parseLong(
                                        exchange.getRequestURI().getQuery().replace("token=", ""))));
            default -> {
                if (String.valueOf(exchange.getRequestURI().getQuery()).contains("eventsource")) {
                    follow(exchange, name);
                } else {
                    answer(exchange, show(name).put("status", 200));
                }
            }
        }
    }

    private void answer(HttpExchange exchange, ObjectNode answer) throws IOException {
        synchronized (this) {
            if (mute > 0) {
                mute--;
                exchange.close();
                return;
            }
        }
        int status = answer.path("status").asInt();
        answer.remove("status");
        FakeNode.answer(exchange, status, answer.toString());
    }

    private synchronized ObjectNode acquire(String name, JsonNode asked) {
        String request = asked.path("request").asString();
        long end = System.nanoTime()
                + TimeUnit.MILLISECONDS.toNanos(asked.path("wait").asLong());
        requests++;
        Entry entry = entry(name);
        if (!entry.queue.contains(request) && !(entry.holder != null && entry.holder.request.equals(request))) {
            entry.queue.add(request);
            entry.owners.put(request, asked.path("owner").asString());
        }
        while (true) {
            entry = entry(name);
            if (entry.holder != null && entry.holder.request.equals(request)) {
                return granted(name, entry.holder);
            }
            if (entry.holder == null && request.equals(entry.queue.peek())) {
                entry.queue.remove();
                long ttl = TimeUnit.MILLISECONDS.toNanos(asked.path("ttl").asLong());
                entry.holder =
                        new Holder(asked.path("owner").asString(), request, ++lastToken, ttl, System.nanoTime() + ttl);
                notifyAll();
                return granted(name, entry.holder);
            }
            if (end - System.nanoTime() <= 0) {
                entry.queue.remove(request);
                ObjectNode refusal = refused("locked");
                if (entry.holder != null) {
                    refusal.set("holder", granted(name, entry.holder));
                }
                return refusal;
            }
            try {
                wait(5);
            } catch (InterruptedException e) {
                return refused("locked");
            }
        }
    }

    private static ObjectNode granted(String name, Holder holder) {
        return JSON.createObjectNode()
                .put("status", 200)
                .put("name", name)
                .put("owner", holder.owner)
                .put("token", holder.token)
                .put("expires", "later");
    }

    private static ObjectNode refused(String error) {
        return JSON.createObjectNode().put("status", 409).put("error", error).put("reason", "no");
    }

    private synchronized ObjectNode renew(String name, long token) {
        Entry entry = entry(name);
        Holder holder = entry.holder;
        if (deaf > 0) {
            deaf--;
            return refused("conflict");
        }
        if (holder == null || holder.token != token) {
            return refused("not_held");
        }
        entry.holder =
                new Holder(holder.owner, holder.request, token, holder.ttlNanos, System.nanoTime() + holder.ttlNanos);
        return granted(name, entry.holder);
    }

    private synchronized ObjectNode release(String name, long token) {
        Entry entry = entry(name);
        if (entry.holder == null || entry.holder.token != token) {
            return refused("not_held");
        }
        entry.holder = null;
        notifyAll();
        return JSON.createObjectNode().put("status", 200).put("ok", true);
    }

    private synchronized ObjectNode show(String name) {
        Entry entry = entry(name);
        ObjectNode answer = JSON.createObjectNode().put("name", name);
        if (entry.holder != null) {
            answer.put("owner", entry.holder.owner).put("token", entry.holder.token);
        }
        ArrayNode queue = answer.putArray("queue");
        entry.queue.forEach(request -> queue.addObject().put("owner", entry.owners.get(request)));
        return answer;
    }

    private void follow(HttpExchange exchange, String name) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        try (exchange) {
            String shown = "";
            while (true) {
                synchronized (this) {
                    String now = show(name).toString();
                    if (!now.equals(shown)) {
                        shown = now;
                        exchange.getResponseBody().write(("data: " + now + "\n\n").getBytes());
                        exchange.getResponseBody().flush();
                    }
                    wait(20);
                }
            }
        } catch (InterruptedException | IOException gone) {
            exchange.close();
        }
    }

    @Override
    public void close() {
        node.close();
    }
}
