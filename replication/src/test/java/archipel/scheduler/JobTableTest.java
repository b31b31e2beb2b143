package archipel.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.JsonTree;
import archipel.replication.ReplicationSettings;
import archipel.scheduler.JobMembers.Fingerprint;
import archipel.settings.SettingCatalog;
import archipel.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobTableTest {
    private static final Settings SETTINGS = Settings.defaults(SettingCatalog.of(ReplicationSettings.GROUP));

    private final JobTable table = new JobTable();

    private static Job job(String database, String id) {
        byte[] json = "{\"source\":\"s\",\"target\":\"t\"}".getBytes(StandardCharsets.UTF_8);
        return new Job(
                new JobOrigin.Document(database, 1, id, new Fingerprint(1, 2)),
                JobRules.options(JsonTree.object(JsonTree.ofValid(json)), SETTINGS),
                null,
                Instant.EPOCH);
    }

    private boolean add(Job job, int most) {
        return table.addDocument((JobOrigin.Document) job.origin, job, most);
    }

    private int fill(String database, int most) {
        int added = 0;
        while (add(job(database, "j" + added), most)) {
            added++;
        }
        return added;
    }

    @Test
    void addDocument_manyOfOneDatabase_leavesRoomForOthers() {
        assertEquals(75, fill("a", 100));
        assertEquals(19, fill("b", 100));
        assertEquals(5, fill("c", 100));
        assertEquals(1, fill("d", 100));
        assertEquals(0, fill("e", 100));
        assertEquals(100, table.documents());
        assertTrue(table.isWaiting("a"));
        assertEquals(List.of(), table.takeAdmissible(100));
        table.ofDatabase("a").subList(0, 40).forEach(table::remove);
        assertEquals(60, table.documents());
        assertTrue(table.takeAdmissible(100).contains("e"));
        assertFalse(table.isWaiting("e"));
    }

    @Test
    void remove_whileARunIsEnding_holdsTheNextOneBack() {
        Job first = job("a", "1");
        add(first, 10);
        table.name(first, "id");
        assertSame(first, table.ofId("id"));
        table.remove(first);
        assertNull(table.ofId("id"));
        assertFalse(table.isEnding("id"), "nothing runs");
        assertNull(table.ofDocument("a", "1"));
        assertEquals(0, table.documents());
        table.remove(first);
        assertEquals(0, table.documents(), "once");
    }
}
