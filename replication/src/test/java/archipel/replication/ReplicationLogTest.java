package archipel.replication;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.ends.End;
import archipel.ends.SourceSequence;
import archipel.testkit.Seeded;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplicationLogTest {
    private record Session(String id, String sequence) {}

    /** @param sessions the newest first */
    private static ReplicationLog log(List<Session> sessions) {
        if (sessions.isEmpty()) {
            return ReplicationLog.EMPTY;
        }
        StringBuilder json = new StringBuilder("{\"_id\":\"_local/x\",\"_rev\":\"0-1\",\"session_id\":\"");
        json.append(sessions.getFirst().id).append("\",\"source_last_seq\":").append(sessions.getFirst().sequence);
        json.append(",\"history\":[");
        String separator = "";
        for (Session session : sessions) {
            json.append(separator).append("{\"session_id\":\"").append(session.id);
            json.append("\",\"recorded_seq\":").append(session.sequence).append('}');
            separator = ",";
        }
        return ReplicationLog.of(
                new End.StoredLog("0-1", json.append("]}").toString().getBytes(UTF_8)));
    }

    private static String start(List<Session> source, List<Session> target) {
        return ReplicationLog.compare(log(source), log(target)).sequence().json();
    }

    private static Session s(String id, String sequence) {
        return new Session(id, sequence);
    }

    @Test
    void compare_sameSession_isItsPosition() {
        List<Session> both = List.of(s("b", "\"9-x\""), s("a", "\"4-x\""));
        ReplicationLog.Start start = ReplicationLog.compare(log(both), log(both));
        assertEquals("\"9-x\"", start.sequence().json());
        assertEquals(2, start.history().size());
    }

    /** CouchDB takes the source's, and would never copy again what the target has lost. */
    @Test
    void compare_sameSessionAtDifferentPositions_isTheEarlier() {
        assertEquals("\"5-x\"", start(List.of(s("b", "\"9-x\"")), List.of(s("b", "\"5-x\""))));
        assertEquals("\"5-x\"", start(List.of(s("b", "\"5-x\"")), List.of(s("b", "\"9-x\""))));
    }

    @Test
    void compare_differentSessions_isTheNewestCommonOne() {
        List<Session> source = List.of(s("d", "\"20-x\""), s("b", "\"9-x\""), s("a", "\"4-x\""));
        List<Session> target = List.of(s("c", "\"11-x\""), s("b", "\"9-x\""), s("a", "\"4-x\""));
        ReplicationLog.Start start = ReplicationLog.compare(log(source), log(target));
        assertEquals("\"9-x\"", start.sequence().json());
        assertEquals(List.of(new SourceSequence("\"4-x\"")), start.earlier());
        assertEquals("0", start(List.of(s("d", "\"20-x\"")), target));
        assertEquals("0", start(source, List.of()));
    }

    @Test
    void compare_positionsThatCannotBeCompared_isAnOlderSession() {
        List<Session> source = List.of(s("b", "{\"x\":1}"), s("a", "\"4-x\""));
        List<Session> target = List.of(s("b", "{\"x\":2}"), s("a", "\"4-x\""));
        assertEquals("\"4-x\"", start(source, target));
    }

    @Test
    void compare_anythingElseInTheDocument_isTheBeginning() {
        for (String json :
                List.of("{}", "{\"session_id\":5,\"history\":{}}", "{\"history\":[1,{},{\"session_id\":null}]}")) {
            ReplicationLog odd = ReplicationLog.of(new End.StoredLog("0-1", json.getBytes(UTF_8)));
            assertTrue(ReplicationLog.compare(odd, odd).sequence().isZero(), json);
        }
    }

    /**
     * Whatever was put back to a backup and when: nothing lies before the start that the target has not. The model is a
     * source of numbered changes and a target that remembers up to which of them it was copied.
     */
    @Test
    void compare_endsPutBackAtAnyTime_neverSkipsAnything() {
        Seeded.check(2_000, random -> {
            State source = new State(List.of(), 0);
            State target = new State(List.of(), 0);
            List<State> sources = new ArrayList<>(List.of(source));
            List<State> targets = new ArrayList<>(List.of(target));
            long written = 0;
            for (int run = 0; run < 8; run++) {
                switch (random.nextInt(5)) {
                    case 0 -> source = sources.get(random.nextInt(sources.size()));
                    case 1 -> target = targets.get(random.nextInt(targets.size()));
                    default -> written += random.nextInt(1, 5);
                }
                ReplicationLog.Start start = ReplicationLog.compare(log(source.sessions), log(target.sessions));
                long from = start.sequence().number().orElse(0);
                assertTrue(from <= target.copied, "begins at " + from + ", the target has " + target.copied);
                String session = "s" + run;
                long copied = Math.max(from, target.copied);
                for (int checkpoint = 0; checkpoint < 3; checkpoint++) {
                    copied = Math.max(copied, Math.min(written, copied + random.nextInt(3)));
                    source = new State(with(start, session, copied), copied);
                    if (random.nextInt(4) == 0) {
                        // A crash between the two.
                        target = new State(target.sessions, copied);
                        break;
                    }
                    target = new State(with(start, session, copied), copied);
                    sources.add(source);
                    targets.add(target);
                }
            }
        });
    }

    /** @param copied up to where all was copied, where it is a target's */
    private record State(List<Session> sessions, long copied) {}

    private static List<Session> with(ReplicationLog.Start start, String session, long copied) {
        List<Session> sessions = new ArrayList<>();
        sessions.add(s(session, "\"" + copied + "-x\""));
        start.history()
                .forEach(entry -> sessions.add(s(
                        entry.path("session_id").asString(""),
                        entry.path("recorded_seq").toString())));
        return sessions;
    }
}
