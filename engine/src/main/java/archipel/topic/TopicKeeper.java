package archipel.topic;

import archipel.changes.Loop;
import archipel.changes.Loops;
import archipel.command.GroupCommand.Duty;
import archipel.command.TopicCommand;
import archipel.log.Duties;
import archipel.storage.CatalogKeys;
import archipel.storage.FormatVersion;
import java.time.Duration;
import java.time.InstantSource;
import java.util.OptionalLong;

/**
 * Deletes messages that grew too old while nothing is published, and forgets topics that were dropped: duties of whoever
 * leads the group that has the messages.
 */
final class TopicKeeper implements AutoCloseable {
    private static final Duration BETWEEN_PASSES = Duration.ofSeconds(10);

    /** How long a message for a topic that was dropped could be on its way. */
    private static final Duration FORGOTTEN_AFTER = Duration.ofHours(1);

    private final Topics topics;
    private final Duties duties;
    private final Topics.Groups groups;
    private final InstantSource clock;
    private final Loop loop;

    TopicKeeper(Topics topics, Duties duties, Topics.Groups groups, InstantSource clock, Loops loops) {
        this.topics = topics;
        this.duties = duties;
        this.groups = groups;
        this.clock = clock;
        this.loop = loops.loop("topics", this::pass);
    }

    void start() {
        loop.start(BETWEEN_PASSES);
    }

    private Duration pass() {
        for (Topic topic : groups.topics().all().values()) {
            loop.attempt("trimming a topic", () -> trim(topic));
        }
        for (int group = 0; group < groups.dataGroups(); group++) {
            int number = CatalogKeys.DATA_GROUP + group;
            loop.attempt("forgetting topics", () -> forget(number));
        }
        return BETWEEN_PASSES;
    }

    private void trim(Topic topic) {
        OptionalLong term = duties.term(topic.group());
        long nowMs = clock.millis();
        boolean more = term.isPresent()
                && groups.format(topic.group()).isAtLeast(FormatVersion.V7)
                && MessageApplier.isOver(topics.state(topic), topic.retention(), nowMs);
        while (more && !loop.isClosed()) {
            more = topics.submit(
                    topic.group(),
                    new Duty<>(term.getAsLong(), new TopicCommand.Trim(topic.number(), topic.retention(), nowMs)));
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

    @Override
    public void close() {
        loop.close();
    }
}
