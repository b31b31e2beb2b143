package archipel.topic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.changes.ChangesLog;
import archipel.command.Command;
import archipel.command.PublishedMessage;
import archipel.command.Refusal;
import archipel.command.Retention;
import archipel.command.TopicCommand;
import archipel.command.TopicPlace;
import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.MemoryStore;
import archipel.testkit.Seeded;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Topics against a model; rounds of any length, that fail or are stored, come to the same rows. */
class TopicFuzz {
    private static final int GROUP = 1;
    private static final int BOUND = 3;

    @Test
    void apply_anyCommands_areAsTheModelHasThem() {
        Seeded.check(60, random -> {
            try (MemoryStore single = MemoryStore.open();
                    MemoryStore grouped = MemoryStore.open()) {
                run(random, single, grouped);
            }
        });
    }

    private static void run(SplittableRandom random, MemoryStore single, MemoryStore grouped) {
        Model model = new Model();
        List<TopicCommand<?>> all = new ArrayList<>();
        Machine one = new Machine(single);
        for (int i = 0; i < 150; i++) {
            TopicCommand<?> command = command(random, model, i);
            all.add(command);
            assertEquals(model.apply(command), one.apply(List.of(command), true).getFirst(), command::toString);
            if (random.nextInt(20) == 0) {
                one = new Machine(single);
            }
            model.check(single, one);
        }
        Machine many = new Machine(grouped);
        int from = 0;
        while (from < all.size()) {
            int to = Math.min(all.size(), from + 1 + random.nextInt(10));
            if (random.nextInt(4) == 0) {
                many.apply(all.subList(from, to), false);
            }
            many.apply(all.subList(from, to), true);
            from = to;
        }
        assertEquals(rows(single), rows(grouped));
    }

    private static TopicCommand<?> command(SplittableRandom random, Model model, int time) {
        String name = "topic" + random.nextInt(4);
        TopicPlace place = model.named.get(name);
        int topic = place == null ? 1 + random.nextInt(5) : place.number();
        long start = place == null ? 0 : place.start();
        Retention retention = new Retention(1 + random.nextInt(5), 1 + random.nextInt(40), 1 + random.nextInt(20));
        return switch (random.nextInt(12)) {
            case 0, 1 -> new TopicCommand.Create(name, GROUP, 1, retention, random.nextBoolean(), BOUND);
            case 2 -> new TopicCommand.Drop(name, topic, model.last(topic, 0));
            case 3 -> new TopicCommand.Trim(topic, retention, time * 3L);
            case 4 ->
                random.nextInt(3) == 0 ? new TopicCommand.Close(topic, start, time) : new TopicCommand.Forget(topic);
            default ->
                new TopicCommand.Publish(
                        topic,
                        start,
                        random.nextBoolean() ? "" : "k" + random.nextInt(20),
                        ("\"" + "x".repeat(random.nextInt(12)) + time + "\"").getBytes(StandardCharsets.UTF_8),
                        retention,
                        Math.max(0, time * 2L - random.nextInt(9)));
        };
    }

    private static Map<String, String> rows(MemoryStore store) {
        Map<String, String> rows = new TreeMap<>();
        try (Cursor cursor = store.cursor(Family.CATALOG, new byte[0], CatalogKeys.group(9))) {
            for (boolean more = cursor.first(); more; more = cursor.next()) {
                rows.put(HexFormat.of().formatHex(cursor.key()), HexFormat.of().formatHex(cursor.value()));
            }
        }
        return rows;
    }

    /** The tables of a system group and of a data group over one store. */
    private static final class Machine {
        private final MemoryStore store;
        private final TopicTable topics;
        private final MessageTable messages;
        private final PublishedMessages published = new PublishedMessages(_ -> {});

        Machine(MemoryStore store) {
            this.store = store;
            this.topics = TopicTable.load(store, 0, new PublishedTopics());
            this.messages = MessageTable.load(store, GROUP, published);
            messages.replace().publish();
        }

        List<String> apply(List<? extends Command<?>> commands, boolean stored) {
            List<String> outcomes = new ArrayList<>();
            try (Batch batch = store.batch()) {
                BatchRows rows = new BatchRows(store, batch);
                MessageApplier applier = new MessageApplier(messages, rows, batch);
                for (Command<?> command : commands) {
                    topics.begin();
                    messages.begin();
                    try {
                        outcomes.add(String.valueOf(
                                command instanceof TopicCommand.Naming<?> naming
                                        ? topics.apply(naming)
                                        : applier.apply((TopicCommand.Storing<?>) command)));
                    } catch (Refusal refusal) {
                        topics.undo();
                        messages.undo();
                        outcomes.add(refusal.getMessage());
                    }
                }
                if (stored) {
                    topics.write(batch);
                    messages.write(batch);
                    store.commit(batch);
                    topics.commit().publish();
                    messages.commit().publish();
                } else {
                    topics.rollback();
                    messages.rollback();
                }
            }
            return outcomes;
        }
    }

    private static final class BatchRows implements ChangesLog.Rows {
        private final MemoryStore store;
        private final Batch batch;
        private final Map<String, byte[]> written = new HashMap<>();

        BatchRows(MemoryStore store, Batch batch) {
            this.store = store;
            this.batch = batch;
        }

        @Override
        public byte @Nullable [] get(Family family, byte[] key) {
            byte[] mine = written.get(Arrays.toString(key));
            return mine == null ? store.get(family, key) : mine.length == 0 ? null : mine;
        }

        @Override
        public void put(Family family, byte[] key, byte[] value) {
            written.put(Arrays.toString(key), value);
            batch.put(family, key, value);
        }

        @Override
        public void delete(Family family, byte[] key) {
            written.put(Arrays.toString(key), new byte[0]);
            batch.delete(family, key);
        }
    }

    /** Of each topic a list of messages. */
    private static final class Model {
        private final Map<String, TopicPlace> named = new HashMap<>();
        private final Map<Integer, Held> held = new HashMap<>();
        private int numbers;
        private long floor;

        private static final class Held {
            private final List<Message> messages = new ArrayList<>();
            private final Map<String, Long> keys = new HashMap<>();
            private long last;
            private long lastMs;
            private boolean closed;

            Held(long start) {
                last = start;
            }

            void trim(Retention retention, long nowMs) {
                while (!messages.isEmpty()
                        && (messages.size() > retention.messages()
                                || messages.size() > 1
                                        && messages.stream()
                                                        .mapToLong(one -> one.json().length)
                                                        .sum()
                                                > retention.bytes()
                                || messages.getFirst().timeMs() < nowMs - retention.ageMs())) {
                    messages.removeFirst();
                }
            }
        }

        long last(int topic, long absent) {
            return held.containsKey(topic) ? held.get(topic).last : absent;
        }

        String apply(TopicCommand<?> any) {
            return switch (any) {
                case TopicCommand.Create command -> {
                    TopicPlace known = named.get(command.name());
                    if (known == null && named.size() >= BOUND) {
                        yield "TOO_MANY_TOPICS";
                    }
                    if (known == null) {
                        known = new TopicPlace(++numbers, GROUP, floor, command.retention());
                    } else if (command.change()) {
                        known = new TopicPlace(known.number(), GROUP, known.start(), command.retention());
                    }
                    named.put(command.name(), known);
                    yield known.toString();
                }
                case TopicCommand.Drop command -> {
                    if (named.containsKey(command.name())
                            && named.get(command.name()).number() == command.topic()) {
                        named.remove(command.name());
                        floor = Math.max(floor, command.last());
                    }
                    yield "null";
                }
                case TopicCommand.Publish command -> publish(command);
                case TopicCommand.Trim command -> {
                    Held topic = held.get(command.topic());
                    if (topic != null && !topic.closed) {
                        topic.trim(command.retention(), Math.max(topic.lastMs, command.timeMs()));
                    }
                    yield "false";
                }
                case TopicCommand.Close command -> {
                    Held topic = held.computeIfAbsent(command.topic(), _ -> new Held(command.start()));
                    topic.closed = true;
                    topic.messages.clear();
                    yield Long.toString(topic.last);
                }
                case TopicCommand.Forget command -> {
                    if (held.containsKey(command.topic()) && held.get(command.topic()).closed) {
                        held.remove(command.topic());
                    }
                    yield "null";
                }
            };
        }

        private String publish(TopicCommand.Publish command) {
            Held topic = held.computeIfAbsent(command.topic(), _ -> new Held(command.start()));
            if (topic.closed) {
                return "NO_TOPIC";
            }
            Long known = topic.keys.get(command.key());
            if (known != null && !command.key().isEmpty()) {
                return new PublishedMessage(known, true).toString();
            }
            topic.keys.put(command.key(), ++topic.last);
            topic.lastMs = Math.max(topic.lastMs, command.timeMs());
            topic.messages.add(new Message(topic.last, topic.lastMs, command.message()));
            topic.trim(command.retention(), topic.lastMs);
            return new PublishedMessage(topic.last, false).toString();
        }

        void check(MemoryStore store, Machine machine) {
            CatalogKeys keys = new CatalogKeys(GROUP);
            held.forEach((number, topic) -> {
                TopicState state = machine.published.find(number);
                assertEquals(topic.last, state.last());
                assertEquals(topic.messages.size(), state.count());
                assertEquals(
                        topic.messages.stream()
                                .mapToLong(one -> one.json().length)
                                .sum(),
                        state.bytes());
                assertEquals(
                        topic.messages.stream()
                                .map(one -> one.number() + " " + one.timeMs())
                                .toList(),
                        stored(store, keys, number));
            });
            assertEquals(held.keySet(), machine.published.all().keySet());
        }

        private static List<String> stored(MemoryStore store, CatalogKeys keys, int topic) {
            List<String> stored = new ArrayList<>();
            byte[] lower = keys.messages(topic);
            try (Cursor cursor = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
                for (boolean more = cursor.first(); more; more = cursor.next()) {
                    long number = Long.parseLong(
                            HexFormat.of().formatHex(cursor.key()).substring(2 * lower.length), 16);
                    stored.add(number + " "
                            + Message.decode(number, cursor.value()).timeMs());
                }
            }
            return stored;
        }
    }
}
