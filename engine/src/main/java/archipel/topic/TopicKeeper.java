package archipel.topic;

import archipel.changes.Deadline;
import archipel.command.GroupCommand.Duty;
import archipel.command.TopicCommand;
import archipel.log.Duties;
import archipel.storage.CatalogKeys;
import archipel.storage.FormatVersion;
import java.time.Duration;
import java.time.InstantSource;
import java.util.OptionalLong;
import java.util.function.BiConsumer;

/**
 * Deletes messages that grew too old while nothing is published, finishes what stopped half way between closing a topic
 * and dropping its name, and forgets topics that were dropped: duties of whoever leads the group that has the messages.
 * For one thread.
 */
final class TopicKeeper {
    private static final Duration BETWEEN_PASSES = Duration.ofSeconds(10);

    /** How long a message for a topic that was dropped could be on its way. */
    private static final Duration FORGOTTEN_AFTER = Duration.ofHours(1);

    private final Topics topics;
    private final Duties duties;
    private final Topics.Groups groups;
    private final InstantSource clock;
    private Deadline next = Deadline.after(BETWEEN_PASSES);

    TopicKeeper(Topics topics, Duties duties, Topics.Groups groups, InstantSource clock) {
        this.topics = topics;
        this.duties = duties;
        this.groups = groups;
        this.clock = clock;
    }

    void tend(BiConsumer<String, Runnable> part) {
        if (!next.hasPassed()) {
            return;
        }
        next = Deadline.after(BETWEEN_PASSES);
        pass(part);
    }

    void pass(BiConsumer<String, Runnable> part) {
        for (Topic topic : groups.topics().all().values()) {
            part.accept("a topic", () -> tend(topic));
        }
        for (int i = 0; i < groups.dataGroups(); i++) {
            int group = CatalogKeys.DATA_GROUP + i;
            part.accept("topics that are gone", () -> forget(group));
        }
    }

    private void tend(Topic topic) {
        OptionalLong term = duties.term(topic.group());
        if (term.isEmpty() || !groups.format(topic.group()).isAtLeast(FormatVersion.V7)) {
            return;
        }
        TopicState state = topics.state(topic);
        if (state.closed()) {
            // Whoever closed it may be about to do the same; the name is dropped once.
            topics.dropName(topic, state.last());
        } else {
            trim(topic, state, term.getAsLong());
        }
    }

    private void trim(Topic topic, TopicState state, long term) {
        long nowMs = clock.millis();
        boolean more = MessageApplier.isOver(state, topic.retention(), nowMs);
        while (more) {
            more = topics.submit(
                    topic.group(), new Duty<>(term, new TopicCommand.Trim(topic.number(), topic.retention(), nowMs)));
        }
    }

    private void forget(int group) {
        OptionalLong term = duties.term(group);
        if (term.isEmpty()) {
            return;
        }
        groups.messages(group).all().forEach((number, state) -> {
            boolean over = state.closed() && state.lastMs() < clock.millis() - FORGOTTEN_AFTER.toMillis();
            if (over && groups.topics().isGone(number)) {
                topics.submit(group, new Duty<>(term.getAsLong(), new TopicCommand.Forget(number)));
            }
        });
    }
}
