package archipel.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.rawhttp.HttpTarget;
import archipel.report.Measurement;
import archipel.report.Round;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The workloads against a server that keeps count and can be told to misbehave. */
class WorkloadTest {
    private static final Duration SHORT = Duration.ofMillis(20);
    private CountingServer server;
    private Subject subject;

    @BeforeEach
    void start() throws IOException {
        server = new CountingServer();
        subject = new Subject("A", HttpTarget.parse(server.url()), null, "t-", 2000);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void run_everyWorkload_countsWhatTheServerDid() throws IOException {
        for (Workload workload : new Catalogue(5).all()) {
            // Queries want a server that answers them.
            if (workload.name().startsWith("att100") || workload instanceof QueryWorkload) {
                continue;
            }
            Round round = workload.open(subject).run(SHORT);
            assertTrue(round.latencies().getTotalCount() > 0, workload.name());
            assertTrue(round.units() > 0, workload.name());
        }
        subject.close();
        assertEquals(List.of(), server.databases(), "databases left behind");
    }

    @Test
    void run_putAnsweredWithAnError_failsWithTheAnswer() throws IOException {
        Workload.Session session = new PutWorkload(2).open(subject);
        server.refuseDocuments();
        IOException failed = assertThrows(IOException.class, () -> session.run(SHORT));
        assertTrue(failed.getMessage().contains("500 instead of 201"), failed.getMessage());
    }

    @Test
    void run_writesThatGetLost_fails() throws IOException {
        Workload.Session session = new PutWorkload(1).open(subject);
        server.loseDocuments();
        IOException failed = assertThrows(IOException.class, () -> session.run(SHORT));
        assertTrue(failed.getMessage().contains("0 documents of"), failed.getMessage());
    }

    @Test
    void run_scanWithRowsMissing_fails() throws IOException {
        Workload.Session session = ScanWorkload.changes().open(subject);
        server.loseDocuments();
        IOException failed = assertThrows(IOException.class, () -> session.run(SHORT));
        assertTrue(failed.getMessage().contains("0 rows of 2000"), failed.getMessage());
    }

    @Test
    void schedule_twoSubjects_measuresBothInTurn() throws IOException {
        Subject other = new Subject("B", HttpTarget.parse(server.url()), null, "u-", 2000);
        Schedule schedule = new Schedule(SHORT, SHORT.multipliedBy(2), 2);
        List<Measurement> measured = schedule.run(new PutWorkload(1), List.of(subject, other), Schedule.Recorder.NONE);

        assertEquals(2, measured.size());
        measured.forEach(one -> assertTrue(one.operations() > 1, one.name()));
        assertEquals(List.of("t-put1", "u-put1"), server.databases());
        String table = Results.pair(List.of(measured)).toString();
        assertTrue(table.contains("| put1 "), table);
    }

    @Test
    void only_unknownWorkload_namesThoseThereAre() {
        IllegalArgumentException failed =
                assertThrows(IllegalArgumentException.class, () -> new Catalogue(1).only(List.of("put1", "putt")));
        assertTrue(failed.getMessage().contains("no workload putt; there are put16, put1"), failed.getMessage());
    }
}
