package archipel.topic;

import archipel.changes.ChangesLog;
import archipel.changes.Digests;
import archipel.command.PublishedMessage;
import archipel.command.Refusal;
import archipel.command.Retention;
import archipel.command.TopicCommand;
import archipel.document.ErrorCode;
import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Family;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Applies what changes the messages of topics. Deterministic: each command says what is to be kept, and the time. */
public final class MessageApplier {
    /** Of how many messages that came with a key a topic knows the key. */
    static final int KEYS = 1_000;

    /** How many messages one command deletes at the most, but for one that closes a topic. */
    static final int TRIMMED = 1_000;

    private final MessageTable topics;
    private final CatalogKeys keys;
    private final ChangesLog.Rows rows;
    private final Batch batch;

    public MessageApplier(MessageTable topics, ChangesLog.Rows rows, Batch batch) {
        this.topics = topics;
        this.keys = topics.keys();
        this.rows = rows;
        this.batch = batch;
    }

    /**
     * Applies a command.
     *
     * @throws Refusal when it is refused; the table is to be undone then
     */
    @SuppressWarnings({"unchecked", "NullAway"})
    public <A extends @Nullable Object> A apply(TopicCommand.Storing<A> command) {
        return (A)
                switch (command) {
                    case TopicCommand.Publish publish -> publish(publish);
                    case TopicCommand.Trim trim -> trim(trim);
                    case TopicCommand.Close close -> close(close);
                    case TopicCommand.Forget forget -> forget(forget);
                };
    }

    private PublishedMessage publish(TopicCommand.Publish command) {
        int topic = command.topic();
        TopicState state = topics.find(topic);
        if (state == null) {
            state = TopicState.begun(command.start());
        } else if (state.closed()) {
            throw new Refusal(ErrorCode.NO_TOPIC);
        }
        byte @Nullable [] key =
                command.key().isEmpty() ? null : Digests.of(command.key().getBytes(StandardCharsets.UTF_8));
        byte @Nullable [] before = key == null ? null : rows.get(Family.CATALOG, keys.messageKey(topic, key));
        if (before != null) {
            return new PublishedMessage(new RowReader(before).varint(), true);
        }
        long number = state.last() + 1;
        long timeMs = Math.max(state.lastMs(), command.timeMs());
        Message message = new Message(number, timeMs, command.message());
        rows.put(Family.CATALOG, keys.message(topic, number), message.encode());
        if (key != null) {
            remember(topic, state.keys(), key, number);
        }
        TopicState added = new TopicState(
                state.first(),
                number,
                state.bytes() + message.json().length,
                state.count() == 0 ? timeMs : state.firstMs(),
                timeMs,
                state.start(),
                state.keys() + (key == null ? 0 : 1),
                false);
        topics.put(topic, trimmed(topic, added, command.retention(), timeMs));
        return new PublishedMessage(number, false);
    }

    /** In the place of the one that is forgotten for it. */
    private void remember(int topic, long index, byte[] key, long number) {
        byte[] slot = keys.messageKeySlot(topic, (int) (index % KEYS));
        byte[] oldest = rows.get(Family.CATALOG, slot);
        if (oldest != null) {
            rows.delete(Family.CATALOG, keys.messageKey(topic, oldest));
        }
        rows.put(Family.CATALOG, slot, key);
        rows.put(
                Family.CATALOG,
                keys.messageKey(topic, key),
                new RowWriter(8).varint(number).toBytes());
    }

    private Boolean trim(TopicCommand.Trim command) {
        TopicState state = topics.find(command.topic());
        if (state == null || state.closed()) {
            return false;
        }
        long nowMs = Math.max(state.lastMs(), command.timeMs());
        TopicState trimmed = trimmed(command.topic(), state, command.retention(), nowMs);
        if (trimmed.first() != state.first()) {
            topics.put(command.topic(), trimmed);
        }
        return isOver(trimmed, command.retention(), nowMs);
    }

    private TopicState trimmed(int topic, TopicState state, Retention retention, long nowMs) {
        TopicState left = state;
        for (int i = 0; i < TRIMMED && isOver(left, retention, nowMs); i++) {
            Message oldest = message(topic, left.first());
            rows.delete(Family.CATALOG, keys.message(topic, left.first()));
            long next = left.first() + 1;
            left = new TopicState(
                    next,
                    left.last(),
                    left.bytes() - oldest.json().length,
                    next > left.last() ? 0 : message(topic, next).timeMs(),
                    left.lastMs(),
                    left.start(),
                    left.keys(),
                    false);
        }
        return left;
    }

    private Message message(int topic, long number) {
        byte[] row = rows.get(Family.CATALOG, keys.message(topic, number));
        if (row == null) {
            throw new IllegalStateException("topic " + topic + " has no message " + number);
        }
        return Message.decode(number, row);
    }

    /** Whether the oldest message is not to be kept. */
    static boolean isOver(TopicState state, Retention retention, long nowMs) {
        long count = state.count();
        return count > retention.messages()
                || count > 1 && state.bytes() > retention.bytes()
                || count > 0 && state.firstMs() < nowMs - retention.ageMs();
    }

    private Long close(TopicCommand.Close command) {
        int topic = command.topic();
        TopicState state = topics.find(topic);
        if (state == null) {
            state = TopicState.begun(command.start());
        }
        if (!state.closed()) {
            byte[] messages = keys.messages(topic);
            batch.deleteRange(Family.CATALOG, messages, CatalogKeys.after(messages));
            for (int slot = 0; slot < Math.min(KEYS, state.keys()); slot++) {
                byte[] key = rows.get(Family.CATALOG, keys.messageKeySlot(topic, slot));
                if (key != null) {
                    rows.delete(Family.CATALOG, keys.messageKey(topic, key));
                    rows.delete(Family.CATALOG, keys.messageKeySlot(topic, slot));
                }
            }
            topics.put(
                    topic,
                    new TopicState(
                            state.last() + 1,
                            state.last(),
                            0,
                            0,
                            Math.max(state.lastMs(), command.timeMs()),
                            state.start(),
                            0,
                            true));
        }
        return state.last();
    }

    private @Nullable Object forget(TopicCommand.Forget command) {
        TopicState state = topics.find(command.topic());
        if (state != null && state.closed()) {
            topics.remove(command.topic());
        }
        return null;
    }
}
