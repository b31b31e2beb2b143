package archipel.topic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.command.Command;
import archipel.command.Retention;
import archipel.command.TopicCommand;
import archipel.command.TopicPlace;
import archipel.log.CommandLog;
import archipel.log.Duties;
import archipel.log.StateMachine;
import archipel.storage.CatalogKeys;
import archipel.storage.FormatVersion;
import archipel.storage.StoreSnapshot;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TopicKeeperTest {
    private static final int GROUP = CatalogKeys.DATA_GROUP;
    private static final Retention RETENTION = new Retention(10, 1_000, Integer.MAX_VALUE);

    private final Duties duties = new Duties();
    private final Shown shown = new Shown();
    private final Recorded log = new Recorded();
    private final InstantSource clock = InstantSource.system();
    private final TopicKeeper keeper = new TopicKeeper(new Topics(log, duties, shown, clock), duties, shown, clock);

    private void show(boolean closed) {
        Topic topic = new Topic("news", new TopicPlace(3, GROUP, 5, RETENTION));
        shown.topics.show(PublishedTopics.State.of(List.of(topic), 3));
        long nowMs = clock.millis();
        shown.messages.change(Map.of(3, new TopicState(closed ? 9 : 8, 8, 0, nowMs, nowMs, 5, 0, closed)));
    }

    private List<String> pass() {
        log.commands.clear();
        keeper.pass((_, work) -> work.run());
        return List.copyOf(log.commands);
    }

    @Test
    void pass_deletionOfATopicStoppedHalfWay_isFinishedByWhoLeadsItsGroup() {
        show(true);
        assertEquals(List.of(), pass());
        duties.begin(GROUP, 4);
        String drop = CatalogKeys.SYSTEM_GROUP + " " + new TopicCommand.Drop("news", 3, 8);
        assertEquals(List.of(drop), pass());
        show(false);
        assertEquals(List.of(), pass());
    }

    private static final class Shown implements Topics.Groups {
        private final PublishedTopics topics = new PublishedTopics();
        private final PublishedMessages messages = new PublishedMessages(_ -> {});

        @Override
        public PublishedTopics topics() {
            return topics;
        }

        @Override
        public PublishedMessages messages(int group) {
            return messages;
        }

        @Override
        public int dataGroups() {
            return 1;
        }

        @Override
        public FormatVersion format(int group) {
            return FormatVersion.V7;
        }

        @Override
        public StoreSnapshot snapshot(int group) {
            throw new AssertionError("reads no messages");
        }
    }

    /** Takes down what it is given. */
    private static final class Recorded implements CommandLog {
        private final List<String> commands = new ArrayList<>();

        @Override
        public <A extends @Nullable Object> CompletableFuture<Applied<A>> append(int group, Command<A> command) {
            commands.add(group + " " + command);
            return CompletableFuture.completedFuture(new Applied<>(commands.size(), null));
        }

        @Override
        public CompletableFuture<@Nullable Void> readBarrier(int group) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletableFuture<Void> replace(int group, Supplier<StateMachine.@Nullable Publication> replacement) {
            throw new AssertionError("replaces nothing");
        }

        @Override
        public boolean isReplicated() {
            return false;
        }

        @Override
        public int waiting() {
            return 0;
        }

        @Override
        public void close() {}
    }
}
