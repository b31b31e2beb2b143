package archipel.topics;

import static archipel.settings.SettingGroup.TRUTH;

import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.SettingGroup;
import archipel.settings.SettingType.ByteSize;
import archipel.settings.SettingType.WholeNumber;

/** How many topics there may be, for whom, and what they keep. */
public final class TopicSettings {
    public static final SettingGroup GROUP = new SettingGroup("Topics");

    public static final Setting<Boolean> TOPICS_FOR_ADMINS_ONLY = GROUP.cluster(
            "topics_for_admins_only",
            TRUTH,
            "false",
            Change.AT_ONCE,
            "Whether only server admins may use _topics, rather than every user.");
    public static final Setting<Integer> MAX_TOPICS = GROUP.cluster(
            "max_topics",
            new WholeNumber(0, 100_000, "topics"),
            "1000",
            Change.AT_ONCE,
            "How many topics there may be.");
    public static final Setting<Long> MAX_MESSAGE_SIZE = GROUP.cluster(
            "max_message_size",
            new ByteSize(1, 64L << 20),
            "1MiB",
            Change.AT_ONCE,
            "Maximum size of a message that is published to a topic.");
    public static final Setting<Integer> TOPIC_RETENTION_MESSAGES = GROUP.cluster(
            "topic_retention_messages",
            new WholeNumber(1, Integer.MAX_VALUE, "messages"),
            "10000",
            Change.AT_ONCE,
            "How many messages a topic keeps unless its retention says otherwise, as it is made.");
    public static final Setting<Long> TOPIC_RETENTION_SIZE = GROUP.cluster(
            "topic_retention_size",
            new ByteSize(1, 1L << 40),
            "64MiB",
            Change.AT_ONCE,
            "How many bytes of messages a topic keeps unless its retention says otherwise, as it is made.");
    public static final Setting<Integer> TOPIC_RETENTION_SECONDS = GROUP.cluster(
            "topic_retention_seconds",
            new WholeNumber(1, Integer.MAX_VALUE, "seconds"),
            "604800",
            Change.AT_ONCE,
            "How long a topic keeps messages unless its retention says otherwise, as it is made.");
    public static final Setting<Long> MAX_TOPIC_SIZE = GROUP.cluster(
            "max_topic_size",
            new ByteSize(1, 1L << 40),
            "1GiB",
            Change.AT_ONCE,
            "The largest number of bytes that a topic's retention can ask for.");

    private TopicSettings() {}
}
