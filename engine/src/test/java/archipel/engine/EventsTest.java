package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.FormerHead;
import archipel.engine.Node.DatabaseEvent;
import archipel.engine.SystemCatalog.Placement;
import archipel.storage.CatalogKeys;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventsTest {
    private static final int DATA_GROUP = 1;
    private static final EventPosition ALL =
            EventPosition.START.with(0, Long.MAX_VALUE).with(DATA_GROUP, Long.MAX_VALUE);

    private final Events events = new Events();

    @Test
    void dropped_farBehind_isForgotten() {
        events.named(new Placement("kept", 1, DATA_GROUP, 1, FormerHead.NONE));
        events.dropped(CatalogKeys.SYSTEM_GROUP, "early", 2);
        events.dropped(CatalogKeys.SYSTEM_GROUP, "late", 3 + SystemApplier.DROPPED_REMEMBERED);

        assertEquals(List.of("created kept", "deleted late"), shown());
    }

    @Test
    void dropped_nameUsedAgain_staysWhenTheDropIsForgotten() {
        events.dropped(CatalogKeys.SYSTEM_GROUP, "again", 2);
        events.named(new Placement("again", 1, DATA_GROUP, 3, FormerHead.NONE));
        events.dropped(CatalogKeys.SYSTEM_GROUP, "late", 4 + SystemApplier.DROPPED_REMEMBERED);

        assertEquals(List.of("created again", "deleted late"), shown());
    }

    @Test
    void created_beforeThereWereGroups_isShownAtThePositionOfItsRow() {
        events.named(new Placement("old", 1, 0, 0, FormerHead.NONE));
        events.created(0, 7, "old");

        assertEquals(List.of("created old"), shown());
        assertEquals(List.of("created old"), shown(EventPosition.START.with(0, 7)));
        assertEquals(List.of(), shown(EventPosition.START.with(0, 6)));
    }

    @Test
    void since_whatReadersDoNotSee_isLeftOut() {
        events.named(new Placement("a", 1, DATA_GROUP, 1, FormerHead.NONE));
        events.updated(DATA_GROUP, 5, "a");
        EventPosition made = EventPosition.START.with(0, 1);
        EventPosition before = made.with(DATA_GROUP, 4);
        EventPosition after = made.with(DATA_GROUP, 5);

        assertEquals(List.of("created a"), shown(before));
        assertEquals(List.of("updated a"), shown(after));
        assertFalse(events.isAfter(made, before));
        assertTrue(events.isAfter(made, after));
        assertFalse(events.isAfter(after, after));
    }

    private List<String> shown() {
        return shown(ALL);
    }

    private List<String> shown(EventPosition visible) {
        return events.since(EventPosition.START, visible).stream()
                .map(EventsTest::text)
                .toList();
    }

    private static String text(DatabaseEvent event) {
        return event.kind() + " " + event.database();
    }
}
