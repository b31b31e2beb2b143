package archipel.topic;

import archipel.log.GroupTable;
import archipel.log.StateMachine;
import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.PendingMap;
import archipel.storage.RowReader;
import archipel.storage.Store;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the topics of a data group stand, as the commands of a round see it. For the thread that applies. */
public final class MessageTable implements GroupTable {
    private static final FormatVersion FORMAT = FormatVersion.V7;

    private final CatalogKeys keys;
    private final PublishedMessages published;
    private final PendingMap<Integer, TopicState> states = new PendingMap<>();

    private MessageTable(CatalogKeys keys, PublishedMessages published) {
        this.keys = keys;
        this.published = published;
    }

    /**
     * Reads how the topics of a group stand.
     *
     * @param shown told what rounds change; not what there is now, before {@link #replace}
     */
    public static MessageTable load(Store store, int group, PublishedMessages shown) {
        MessageTable table = new MessageTable(new CatalogKeys(group), shown);
        byte[] lower = table.keys.topicStates();
        try (Cursor rows = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                int number = new RowReader(rows.key(), CatalogKeys.PREFIX).u32();
                table.states.load(number, TopicState.decode(rows.value()));
            }
        }
        return table;
    }

    CatalogKeys keys() {
        return keys;
    }

    @Nullable
    TopicState find(int topic) {
        return states.get(topic);
    }

    void put(int topic, TopicState state) {
        states.put(topic, state, FORMAT);
    }

    void remove(int topic) {
        states.remove(topic, FORMAT);
    }

    @Override
    public void begin() {
        states.begin();
    }

    @Override
    public void undo() {
        states.undo();
    }

    @Override
    public void write(Batch batch) {
        states.changes().forEach((number, change) -> {
            TopicState state = change.value();
            if (state == null) {
                batch.delete(Family.CATALOG, keys.topicState(number));
            } else {
                batch.put(Family.CATALOG, keys.topicState(number), state.encode());
            }
        });
    }

    @Override
    public StateMachine.Publication commit() {
        if (states.changes().isEmpty()) {
            rollback();
            return () -> {};
        }
        Map<Integer, @Nullable TopicState> changed = new HashMap<>();
        states.changes().forEach((number, change) -> changed.put(number, change.value()));
        states.commit();
        return () -> published.change(changed);
    }

    @Override
    public void rollback() {
        states.rollback();
    }

    @Override
    public StateMachine.Publication replace() {
        Map<Integer, TopicState> all = new HashMap<>();
        states.storedKeys().forEach(number -> {
            TopicState state = states.get(number);
            if (state != null) {
                all.put(number, state);
            }
        });
        return () -> published.replace(all);
    }
}
