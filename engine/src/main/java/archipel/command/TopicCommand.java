package archipel.command;

import archipel.document.ErrorCode;

/**
 * What changes topics. The system group knows which there are ({@link Naming}), data groups have their messages
 * ({@link Storing}).
 *
 * <p>A data group makes a topic with its first message. It goes by {@link Close}, after which the group takes no
 * message of it, and then {@link Drop}; {@link Forget} follows much later. So no message is taken of a topic that is
 * gone.
 *
 * @param <A> what applying it answers
 */
public sealed interface TopicCommand<A> extends CodedCommand<A> {
    /** For the system group. */
    sealed interface Naming<A> extends TopicCommand<A> {}

    /** For the group that has the messages. */
    sealed interface Storing<A> extends TopicCommand<A> {
        /** The topic's number. */
        int topic();
    }

    /**
     * Makes a topic, unless there is one of that name; answers where it is in either case.
     *
     * @param first of the groups that it may be in
     * @param groups how many these are
     * @param change whether one that is there gets this retention
     * @param bound on the number of topics, which the command is refused by
     */
    record Create(String name, int first, int groups, Retention retention, boolean change, int bound)
            implements Naming<TopicPlace> {}

    /**
     * A topic is gone, where the name is still that topic's.
     *
     * @param last number of a message that it had
     */
    record Drop(String name, int topic, long last) implements Naming<Void> {}

    /**
     * Adds a message, unless one came with the same key not long ago, and deletes those that the retention does not
     * keep. Refused with {@link ErrorCode#NO_TOPIC} once the topic is closed.
     *
     * @param start the number before the first message's, where this is the first
     * @param key of the message, so that it is taken once; empty for none
     * @param message JSON
     * @param timeMs since the epoch
     */
    record Publish(int topic, long start, String key, byte[] message, Retention retention, long timeMs)
            implements Storing<PublishedMessage> {
        @Override
        public Command<PublishedMessage> stamped(long stampedMs) {
            return new Publish(topic, start, key, message, retention, stampedMs);
        }

        @Override
        public long bytes() {
            return 256L + message.length;
        }
    }

    /** Deletes what the retention does not keep; answers whether there is more of it. */
    record Trim(int topic, Retention retention, long timeMs) implements Storing<Boolean> {
        @Override
        public Command<Boolean> stamped(long stampedMs) {
            return new Trim(topic, retention, stampedMs);
        }
    }

    /**
     * Deletes all messages, and takes no more of them; answers the number of the last one. Also where that was done
     * before.
     *
     * @param start what it answers where there never was a message
     */
    record Close(int topic, long start, long timeMs) implements Storing<Long> {
        @Override
        public Command<Long> stamped(long stampedMs) {
            return new Close(topic, start, stampedMs);
        }
    }

    /** Nobody can send a message of a topic any more that was closed. */
    record Forget(int topic) implements Storing<Void> {}
}
