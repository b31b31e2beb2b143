package archipel.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.scheduler.Schedule.Decision;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    private static final long TURN_MS = 60_000;

    private final Schedule<Turn> schedule = new Schedule<>();
    private long nowMs = 1_000;

    private static ScheduleLimits limits(int jobs, int churn) {
        return new ScheduleLimits(jobs, TURN_MS, churn, 120_000);
    }

    private Turn add(String share, boolean continuous) {
        Turn turn = new Turn(share, continuous);
        schedule.add(turn, nowMs);
        return turn;
    }

    private List<Turn> add(String share, boolean continuous, int count) {
        return IntStream.range(0, count).mapToObj(_ -> add(share, continuous)).toList();
    }

    /** Decides, lets what is to stop do so, and decides again. */
    private List<Turn> settle(ScheduleLimits limits) {
        Decision<Turn> decision = schedule.decide(nowMs, limits);
        List<Turn> started = new ArrayList<>(decision.start());
        decision.stop().forEach(turn -> schedule.stopped(turn, nowMs));
        started.addAll(schedule.decide(nowMs, limits).start());
        return started;
    }

    private static Map<String, Integer> running(List<Turn> turns) {
        Map<String, Integer> running = new HashMap<>();
        turns.forEach(turn -> running.merge(turn.share, turn.isRunning() ? 1 : 0, Integer::sum));
        return running;
    }

    @Test
    void decide_placesFree_startsAllInTheOrderTheyCame() {
        List<Turn> turns = add("a", true, 5);
        assertEquals(turns, schedule.decide(nowMs, limits(10, 2)).start());
        assertEquals(List.of(), schedule.decide(nowMs, limits(10, 2)).start());
        assertEquals(Long.MAX_VALUE, schedule.nextMs(nowMs, limits(10, 2)));
    }

    @Test
    void decide_noPlaces_startsNone() {
        add("a", true, 3);
        Decision<Turn> decision = schedule.decide(nowMs, limits(0, 20));
        assertEquals(List.of(), decision.start());
        assertEquals(Long.MAX_VALUE, schedule.nextMs(nowMs, limits(0, 20)));
    }

    @Test
    void decide_limitLowered_stopsContinuousFirst() {
        Turn ending = add("a", false);
        List<Turn> continuous = add("a", true, 3);
        schedule.decide(nowMs, limits(4, 20));
        assertEquals(continuous, schedule.decide(nowMs, limits(1, 20)).stop());
        assertTrue(ending.isRunning());
        continuous.forEach(turn -> schedule.stopped(turn, nowMs));
        assertEquals(List.of(ending), schedule.decide(nowMs, limits(0, 20)).stop());
    }

    @Test
    void decide_allPlacesTaken_jobsStopAfterTheirTurnAndNoSooner() {
        List<Turn> turns = add("a", true, 6);
        ScheduleLimits limits = limits(4, 20);
        assertEquals(turns.subList(0, 4), settle(limits));
        assertEquals(nowMs + TURN_MS, schedule.nextMs(nowMs, limits));
        nowMs += TURN_MS - 1;
        assertEquals(List.of(), schedule.decide(nowMs, limits).stop());
        nowMs += 1;
        assertEquals(turns.subList(4, 6), settle(limits));
        nowMs += TURN_MS;
        assertEquals(turns.subList(0, 2), settle(limits));
    }

    @Test
    void decide_manyWait_churnBoundsHowManyStop() {
        add("a", true, 100);
        ScheduleLimits limits = limits(50, 20);
        settle(limits);
        nowMs += TURN_MS;
        assertEquals(20, settle(limits).size());
        nowMs += TURN_MS / 2;
        assertEquals(0, settle(limits).size());
        assertEquals(nowMs + TURN_MS / 2, schedule.nextMs(nowMs, limits));
        nowMs += TURN_MS / 2;
        assertEquals(20, settle(limits).size());
    }

    @Test
    void decide_jobsThatEnd_areLeftToEnd() {
        Turn ending = add("a", false);
        ScheduleLimits limits = limits(1, 20);
        settle(limits);
        Turn next = add("a", true);
        nowMs += 100 * TURN_MS;
        assertEquals(List.of(), settle(limits));
        schedule.ended(ending);
        assertEquals(List.of(next), settle(limits));
    }

    /** Somebody with a thousand jobs leaves others the places that they can use. */
    @Test
    void decide_severalShares_getEquallyManyPlaces() {
        List<Turn> turns = new ArrayList<>(add("greedy", true, 1_000));
        ScheduleLimits limits = limits(30, 20);
        settle(limits);
        turns.addAll(add("modest", true, 2));
        turns.addAll(add("other", true, 40));
        for (int i = 0; i < 4; i++) {
            nowMs += TURN_MS;
            settle(limits);
        }
        assertEquals(Map.of("greedy", 14, "modest", 2, "other", 14), running(turns));
    }

    /** Also where what the greedy one runs would never stop by itself. */
    @Test
    void decide_endingJobsHoldAllPlaces_othersGetTheirPartAfterTenTurns() {
        List<Turn> turns = new ArrayList<>(add("greedy", false, 100));
        ScheduleLimits limits = limits(10, 20);
        settle(limits);
        turns.addAll(add("other", false, 100));
        nowMs += Schedule.TURNS_OF_ENDING * TURN_MS - 1;
        assertEquals(List.of(), settle(limits));
        nowMs += 1;
        assertEquals(5, settle(limits).size());
        assertEquals(Map.of("greedy", 5, "other", 5), running(turns));
    }

    /** A new job does not wait for a round of old ones, and old ones still get turns while new ones keep coming. */
    @Test
    void decide_newAndOldWait_takeTurns() {
        ScheduleLimits limits = limits(1, 1);
        Turn first = add("a", true);
        Turn second = add("a", true);
        settle(limits);
        List<Turn> started = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            nowMs += TURN_MS;
            add("a", true);
            started.addAll(settle(limits));
        }
        assertEquals(6, started.size());
        assertTrue(started.contains(second));
        assertTrue(started.contains(first), "one that ran before runs again, although new ones wait");
    }

    @Test
    void crashed_inARow_restsTwiceAsLongEachTime() {
        Turn turn = add("a", true);
        ScheduleLimits limits = limits(1, 1);
        settle(limits);
        long rest = 30_000;
        for (int crash = 1; crash <= 13; crash++) {
            schedule.crashed(turn, nowMs, limits);
            assertEquals(crash, turn.crashes);
            assertEquals(nowMs + rest, schedule.nextMs(nowMs, limits));
            nowMs += rest - 1;
            assertEquals(List.of(), settle(limits));
            nowMs += 1;
            assertEquals(List.of(turn), settle(limits));
            rest = Math.min(2 * rest, 1_024 * 30_000L);
        }
    }

    @Test
    void crashed_afterRunningWell_hasNoFailuresBehindIt() {
        Turn turn = add("a", true);
        ScheduleLimits limits = limits(1, 1);
        settle(limits);
        schedule.crashed(turn, nowMs, limits);
        nowMs += 30_000;
        settle(limits);
        nowMs += 120_001;
        schedule.crashed(turn, nowMs, limits);
        assertEquals(0, turn.crashes);
        assertEquals(List.of(turn), settle(limits));
        nowMs += 120_000;
        schedule.crashed(turn, nowMs, limits);
        assertEquals(1, turn.crashes);
    }

    @Test
    void stopped_afterFailures_hasNoFailuresBehindIt() {
        List<Turn> turns = add("a", true, 2);
        ScheduleLimits limits = limits(1, 1);
        settle(limits);
        schedule.crashed(turns.getFirst(), nowMs, limits);
        schedule.decide(nowMs, limits);
        nowMs += 30_000;
        settle(limits);
        nowMs += TURN_MS;
        settle(limits);
        assertTrue(turns.getFirst().isRunning());
        assertEquals(1, turns.getFirst().crashes);
        nowMs += TURN_MS;
        settle(limits);
        assertEquals(0, turns.getFirst().crashes);
    }

    @Test
    void remove_inAnyPlace_leavesNothingBehind() {
        ScheduleLimits limits = limits(2, 5);
        List<Turn> turns = add("a", true, 4);
        settle(limits);
        schedule.crashed(turns.get(0), nowMs, limits);
        schedule.remove(turns.get(0));
        schedule.remove(turns.get(3));
        assertEquals(List.of(turns.get(2)), schedule.decide(nowMs, limits).start());
        schedule.remove(turns.get(1));
        assertEquals(2, schedule.running(), "one that is told to stop keeps its place until it has");
        schedule.ended(turns.get(1));
        schedule.ended(turns.get(2));
        assertEquals(0, schedule.running() + schedule.waiting() + schedule.resting());
    }
}
