package archipel.topic;

import archipel.command.Refusal;
import archipel.command.Retention;
import archipel.command.TopicCommand;
import archipel.command.TopicPlace;
import archipel.document.ErrorCode;
import archipel.log.GroupTable;
import archipel.log.StateMachine;
import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.PendingMap;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.Store;
import org.jspecify.annotations.Nullable;

/**
 * Which topics there are, as the commands of a round see it. For the thread that applies.
 *
 * <p>Of topics that are gone one number is kept: the greatest that a message of any of them had. Each new topic goes on
 * from there. So whoever resumes a subscription after a topic was dropped and made again misses nothing of the new one,
 * and nothing has to be kept of names.
 */
public final class TopicTable implements GroupTable {
    private static final FormatVersion FORMAT = FormatVersion.V7;

    private final CatalogKeys keys;
    private final PublishedTopics published;
    private final PendingMap<String, Topic> topics = new PendingMap<>();
    private Sequence sequence = new Sequence(0, 0, 0);
    private Sequence pending = sequence;
    private Sequence before = sequence;

    private TopicTable(CatalogKeys keys, PublishedTopics published) {
        this.keys = keys;
        this.published = published;
    }

    /**
     * Reads the topics that there are.
     *
     * @param shown told what rounds change; not what there is now, before {@link #replace}
     */
    public static TopicTable load(Store store, int group, PublishedTopics shown) {
        TopicTable table = new TopicTable(new CatalogKeys(group), shown);
        byte[] row = store.get(Family.CATALOG, table.keys.topicSequence());
        if (row != null) {
            table.sequence = Sequence.decode(row);
            table.rollback();
        }
        byte[] lower = table.keys.topics();
        try (Cursor rows = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                String name = CatalogKeys.suffixText(rows.key());
                table.topics.load(name, new Topic(name, TopicPlace.read(new RowReader(rows.value()))));
            }
        }
        return table;
    }

    /**
     * Applies a command.
     *
     * @throws Refusal when it is refused; the table is to be undone then
     */
    @SuppressWarnings({"unchecked", "NullAway"})
    public <A extends @Nullable Object> A apply(TopicCommand.Naming<A> command) {
        return (A)
                switch (command) {
                    case TopicCommand.Create create -> create(create);
                    case TopicCommand.Drop drop -> drop(drop);
                };
    }

    private TopicPlace create(TopicCommand.Create command) {
        Topic known = topics.get(command.name());
        if (known != null) {
            TopicPlace place = known.place();
            return command.change()
                    ? put(command.name(), place.number(), place.group(), place.start(), command.retention())
                    : place;
        }
        if (pending.count >= command.bound()) {
            throw new Refusal(ErrorCode.TOO_MANY_TOPICS, command.bound());
        }
        int number = pending.last + 1;
        pending = new Sequence(number, pending.count + 1, pending.floor);
        return put(
                command.name(),
                number,
                command.first() + number % command.groups(),
                pending.floor,
                command.retention());
    }

    private TopicPlace put(String name, int number, int group, long start, Retention retention) {
        TopicPlace place = new TopicPlace(number, group, start, retention);
        topics.put(name, new Topic(name, place), FORMAT);
        return place;
    }

    private @Nullable Object drop(TopicCommand.Drop command) {
        Topic known = topics.get(command.name());
        if (known != null && known.number() == command.topic()) {
            topics.remove(command.name(), FORMAT);
            pending = new Sequence(pending.last, pending.count - 1, Math.max(pending.floor, command.last()));
        }
        return null;
    }

    @Override
    public void begin() {
        topics.begin();
        before = pending;
    }

    @Override
    public void undo() {
        topics.undo();
        pending = before;
    }

    @Override
    public void write(Batch batch) {
        if (!pending.equals(sequence)) {
            batch.put(Family.CATALOG, keys.topicSequence(), pending.encode());
        }
        topics.changes().forEach((name, change) -> {
            Topic topic = change.value();
            if (topic == null) {
                batch.delete(Family.CATALOG, keys.topic(name));
            } else {
                batch.put(
                        Family.CATALOG,
                        keys.topic(name),
                        topic.place().write(new RowWriter(48)).toBytes());
            }
        });
    }

    @Override
    public StateMachine.Publication commit() {
        boolean changed = !topics.changes().isEmpty();
        topics.commit();
        sequence = pending;
        return changed ? replace() : () -> {};
    }

    @Override
    public void rollback() {
        topics.rollback();
        pending = sequence;
        before = sequence;
    }

    @Override
    public StateMachine.Publication replace() {
        PublishedTopics.State state = PublishedTopics.State.of(topics.stored(), sequence.last);
        return () -> published.show(state);
    }

    /**
     * @param last number that a topic got
     * @param count how many topics there are
     * @param floor the greatest number of a message of a topic that is gone
     */
    private record Sequence(int last, int count, long floor) {
        byte[] encode() {
            return new RowWriter(24).varint(last).varint(count).varint(floor).toBytes();
        }

        static Sequence decode(byte[] value) {
            RowReader row = new RowReader(value);
            return new Sequence((int) row.varint(), (int) row.varint(), row.varint());
        }
    }
}
