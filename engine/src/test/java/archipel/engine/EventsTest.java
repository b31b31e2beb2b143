package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.changes.FormerHead;
import archipel.engine.Node.DatabaseEvent;
import archipel.engine.SystemCatalog.Placement;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventsTest {
    private static final int DATA_GROUP = 1;

    private final Events events = new Events();

    @Test
    void dropped_farBehind_isForgotten() {
        events.named(new Placement("kept", 1, DATA_GROUP, 1, FormerHead.NONE));
        events.dropped("early", 2);
        events.dropped("late", 3 + SystemApplier.DROPPED_REMEMBERED);

        assertEquals(List.of("created kept", "deleted late"), shown());
    }

    @Test
    void dropped_nameUsedAgain_staysWhenTheDropIsForgotten() {
        events.dropped("again", 2);
        events.named(new Placement("again", 1, DATA_GROUP, 3, FormerHead.NONE));
        events.dropped("late", 4 + SystemApplier.DROPPED_REMEMBERED);

        assertEquals(List.of("created again", "deleted late"), shown());
    }

    @Test
    void created_beforeThereWereGroups_isShownAtThePositionOfItsRow() {
        events.named(new Placement("old", 1, 0, 0, FormerHead.NONE));
        events.created(0, 7, "old");

        assertEquals(List.of("created old"), shown());
        assertEquals(7, events.newest().of(0));
    }

    private List<String> shown() {
        return events.since(EventPosition.START).stream().map(EventsTest::text).toList();
    }

    private static String text(DatabaseEvent event) {
        return event.kind() + " " + event.database();
    }
}
