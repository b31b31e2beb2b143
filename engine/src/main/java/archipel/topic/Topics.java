package archipel.topic;

import archipel.command.Command;
import archipel.command.PublishedMessage;
import archipel.command.Retention;
import archipel.command.TopicCommand;
import archipel.command.TopicPlace;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.log.CommandLog;
import archipel.log.Duties;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.RowReader;
import archipel.storage.StoreSnapshot;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The topics of a node, which are those of its ensemble where it is in one. Safe for use by many threads.
 *
 * <p>What changes a topic throws a {@link RequestException} as the log does: 503 where no majority is there, {@link
 * ErrorCode#WRITE_UNDECIDED} where it is not known what became of the command.
 */
public final class Topics {
    /** How often one looks again where a topic is dropped and made while a message is published. */
    private static final int ATTEMPTS = 5;

    private final CommandLog log;
    private final Groups groups;
    private final InstantSource clock;
    private final TopicKeeper keeper;

    /** @param clock what commands say the time is */
    public Topics(CommandLog log, Duties duties, Groups groups, InstantSource clock) {
        this.log = log;
        this.groups = groups;
        this.clock = clock;
        this.keeper = new TopicKeeper(this, duties, groups, clock);
    }

    /**
     * Deletes what grew too old where this node leads; to be called now and then.
     *
     * @param part does a part of it, given what that is called, and goes on where it fails
     */
    public void tend(BiConsumer<String, Runnable> part) {
        keeper.tend(part);
    }

    /** As this node knows them, by name. */
    public SortedMap<String, Topic> all() {
        return groups.topics().all();
    }

    /**
     * The topic of a name, as it is known to anybody.
     *
     * @throws RequestException 404 where there is none; 503 where this node cannot make sure of that
     */
    public Topic topic(String name) {
        refresh(CatalogKeys.SYSTEM_GROUP);
        Topic topic = groups.topics().find(name);
        if (topic == null) {
            throw new RequestException(ErrorCode.NO_TOPIC);
        }
        return topic;
    }

    /**
     * Makes sure that this node shows every message that was acknowledged to anybody before.
     *
     * @throws RequestException 503 where it cannot
     */
    public void refresh(Topic topic) {
        refresh(topic.group());
    }

    /**
     * Makes sure that this node knows every topic that was made before.
     *
     * @throws RequestException 503 where it cannot
     */
    public void refresh() {
        refresh(CatalogKeys.SYSTEM_GROUP);
    }

    /** Whether there is a topic of that name, as it is known to anybody. */
    public boolean isKnown(String name) {
        refresh();
        return groups.topics().find(name) != null;
    }

    private void refresh(int group) {
        if (log.isReplicated()) {
            CommandLog.await(log.readBarrier(group));
        }
    }

    /**
     * Makes a topic, unless there is one of that name.
     *
     * @param change whether one that is there gets this retention
     * @param bound on the number of topics
     */
    public Topic create(String name, Retention retention, boolean change, int bound) {
        TopicPlace place = submit(
                CatalogKeys.SYSTEM_GROUP,
                new TopicCommand.Create(name, CatalogKeys.DATA_GROUP, groups.dataGroups(), retention, change, bound));
        return new Topic(name, place);
    }

    /**
     * Adds a message to a topic, which is made where there is none.
     *
     * @param key by which the same message is known when it comes again; empty for none
     * @param json in one line
     * @param retention of a topic that is made
     * @param bound on the number of topics
     */
    public PublishedMessage publish(String name, String key, byte[] json, Retention retention, int bound) {
        for (int attempt = 1; ; attempt++) {
            Topic known = groups.topics().find(name);
            Topic topic = known == null ? create(name, retention, false, bound) : known;
            try {
                return submit(
                        topic.group(),
                        new TopicCommand.Publish(
                                topic.number(), topic.place().start(), key, json, topic.retention(), clock.millis()));
            } catch (RequestException e) {
                if (e.code() != ErrorCode.NO_TOPIC || attempt == ATTEMPTS) {
                    throw e;
                }
                // Whoever drops it may have died half way.
                drop(topic);
                refresh(CatalogKeys.SYSTEM_GROUP);
            }
        }
    }

    /** Deletes a topic with all of its messages. */
    public void drop(Topic topic) {
        long last = submit(
                topic.group(),
                new TopicCommand.Close(topic.number(), topic.place().start(), clock.millis()));
        dropName(topic, last);
    }

    /** Of a topic that is closed. */
    void dropName(Topic topic, long last) {
        submit(CatalogKeys.SYSTEM_GROUP, new TopicCommand.Drop(topic.name(), topic.number(), last));
    }

    <A extends @Nullable Object> A submit(int group, Command<A> command) {
        if (!groups.format(group).isAtLeast(FormatVersion.V7)) {
            throw new RequestException(ErrorCode.FORMAT_TOO_OLD);
        }
        return CommandLog.await(log.append(group, command)).answer();
    }

    /** How the messages of a topic stand, as this node knows. */
    public TopicState state(Topic topic) {
        TopicState state = groups.messages(topic.group()).find(topic.number());
        return state == null ? TopicState.begun(topic.place().start()) : state;
    }

    /**
     * Reads messages, as this node has them.
     *
     * @param after the number that they come after
     * @param most how many
     * @param bytes after how many no other one is read
     * @throws RequestException 404 where the topic was dropped
     */
    public Window read(Topic topic, long after, int most, long bytes) {
        CatalogKeys keys = new CatalogKeys(topic.group());
        StoreSnapshot rows = groups.snapshot(topic.group());
        try {
            byte[] row = rows.get(Family.CATALOG, keys.topicState(topic.number()));
            TopicState state = row == null ? TopicState.begun(topic.place().start()) : TopicState.decode(row);
            if (state.closed()) {
                throw new RequestException(ErrorCode.NO_TOPIC);
            }
            List<Message> messages = new ArrayList<>();
            byte[] lower = keys.message(topic.number(), Math.max(after + 1, state.first()));
            byte[] upper = CatalogKeys.after(keys.messages(topic.number()));
            long read = 0;
            try (Cursor cursor = rows.cursor(Family.CATALOG, lower, upper)) {
                for (boolean more = cursor.first();
                        more && messages.size() < most && read < bytes;
                        more = cursor.next()) {
                    long number = new RowReader(cursor.key(), lower.length - Long.BYTES).u64();
                    Message message = Message.decode(number, cursor.value());
                    messages.add(message);
                    read += message.json().length;
                }
            }
            return new Window(state, messages);
        } finally {
            rows.release();
        }
    }

    /** Waits for a message after that number; false where none came in time, or never will. */
    public boolean await(Topic topic, long after, Duration timeout) throws InterruptedException {
        if (isGone(topic)) {
            return false;
        }
        groups.messages(topic.group())
                .waiters(topic.number())
                .await(() -> isGone(topic) || state(topic).last() > after, timeout);
        return !isGone(topic) && state(topic).last() > after;
    }

    /** Whether it was dropped. */
    public boolean isGone(Topic topic) {
        return state(topic).closed() || groups.topics().isGone(topic.number());
    }

    /**
     * Messages of a topic.
     *
     * @param state of the topic at that time: what it does not keep any more comes before {@link TopicState#first}
     */
    public record Window(TopicState state, List<Message> messages) {
        /** Of the messages, together. */
        public long bytes() {
            return messages.stream().mapToLong(message -> message.json().length).sum();
        }
    }

    /** The groups of a node, as topics need them. */
    public interface Groups {
        /** As the system group has them. */
        PublishedTopics topics();

        /** Of the topics of a data group. */
        PublishedMessages messages(int group);

        /** Over how many groups topics are spread, from the first data group on. */
        int dataGroups();

        /** In which a group writes. */
        FormatVersion format(int group);

        /**
         * What readers of a group see, to be released.
         *
         * @throws RequestException 503 where they are not served
         */
        StoreSnapshot snapshot(int group);
    }
}
