package archipel.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.scheduler.Schedule.Decision;
import archipel.scheduler.Turn.Place;
import archipel.testkit.Seeded;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Any order of events against a list of jobs that is searched anew for each decision, and the promises one by one. */
class ScheduleFuzz {
    private static final int TURN_MS = 1_000;

    /** A job as the model knows it. */
    private static final class Known {
        final Turn turn;
        Place place = Place.WAITING;
        long timeMs;
        long order;
        boolean ran;

        Known(Turn turn) {
            this.turn = turn;
        }
    }

    /** What should happen, by looking at everything each time. */
    private static final class Model {
        final List<Known> jobs = new ArrayList<>();
        final Map<String, Boolean> freshNext = new HashMap<>();
        final Map<String, Long> served = new HashMap<>();
        long orders;

        Known of(Turn turn) {
            return jobs.stream().filter(job -> job.turn == turn).findFirst().orElseThrow();
        }

        List<Known> in(Place... places) {
            List<Place> wanted = List.of(places);
            return jobs.stream().filter(job -> wanted.contains(job.place)).toList();
        }

        long running(String share) {
            return in(Place.RUNNING).stream()
                    .filter(job -> job.turn.share.equals(share))
                    .count();
        }

        void await(Known job, long nowMs) {
            job.place = Place.WAITING;
            job.timeMs = nowMs;
            job.order = orders++;
            served.putIfAbsent(job.turn.share, orders++);
        }

        void wakeRested(long nowMs) {
            in(Place.RESTING).stream()
                    .filter(job -> job.timeMs <= nowMs)
                    .sorted(Comparator.<Known>comparingLong(job -> job.timeMs).thenComparingLong(job -> job.order))
                    .forEach(job -> await(job, nowMs));
        }

        /** Of the neediest share, one that never ran or one that did, whatever is due. */
        Known next() {
            Comparator<Known> longest = Comparator.comparingLong(job -> job.order);
            String share = in(Place.WAITING).stream()
                    .map(job -> job.turn.share)
                    .min(Comparator.<String>comparingLong(this::running).thenComparing(served::get))
                    .orElseThrow();
            List<Known> waiting = in(Place.WAITING).stream()
                    .filter(job -> job.turn.share.equals(share))
                    .sorted(longest)
                    .toList();
            boolean both = waiting.stream().anyMatch(job -> job.ran)
                    && waiting.stream().anyMatch(job -> !job.ran);
            boolean fresh = !waiting.getFirst().ran || both && freshNext.getOrDefault(share, true);
            freshNext.put(share, !fresh);
            return waiting.stream().filter(job -> job.ran != fresh).findFirst().orElseThrow();
        }

        void start(Known job, long nowMs) {
            job.place = Place.RUNNING;
            job.timeMs = nowMs;
            job.ran = true;
            served.put(job.turn.share, orders++);
        }

        /** Shares are forgotten with their last job. */
        void forgetShares() {
            Set<String> there = new HashSet<>();
            in(Place.WAITING, Place.RUNNING, Place.STOPPING).forEach(job -> there.add(job.turn.share));
            freshNext.keySet().retainAll(there);
            served.keySet().retainAll(there);
        }
    }

    @Test
    void decide_anyEvents_decidesAsAListWould() {
        Seeded.check(400, ScheduleFuzz::run);
    }

    private static void run(SplittableRandom random) {
        Schedule<Turn> schedule = new Schedule<>();
        Model model = new Model();
        List<Long> stops = new ArrayList<>();
        ScheduleLimits limits = limits(random);
        long nowMs = 0;
        long quietUntilMs = 0;
        for (int step = 0; step < 300; step++) {
            int event = random.nextInt(10);
            if (event == 0) {
                limits = limits(random);
                stops.clear();
            } else if (event <= 3) {
                Turn turn = new Turn("s" + random.nextInt(4), random.nextInt(3) > 0);
                schedule.add(turn, nowMs);
                Known job = new Known(turn);
                model.jobs.add(job);
                model.await(job, nowMs);
            } else if (event <= 6) {
                happen(random, schedule, model, nowMs, limits);
            } else {
                nowMs += random.nextInt(1, 2 * TURN_MS);
            }
            boolean quiet = event > 6 && nowMs < quietUntilMs;
            Decision<Turn> decision = schedule.decide(nowMs, limits);
            check(schedule, model, decision, nowMs, limits, stops);
            if (quiet) {
                assertEquals(List.of(), decision.start(), "nothing happened before the time that was named");
                assertEquals(List.of(), decision.stop());
            }
            quietUntilMs = schedule.nextMs(nowMs, limits);
            assertTrue(quietUntilMs > nowMs);
        }
    }

    private static ScheduleLimits limits(SplittableRandom random) {
        return new ScheduleLimits(random.nextInt(7), TURN_MS, random.nextInt(4), 3 * TURN_MS);
    }

    /** Something that the schedule has not decided. */
    private static void happen(
            SplittableRandom random, Schedule<Turn> schedule, Model model, long nowMs, ScheduleLimits limits) {
        if (model.jobs.isEmpty()) {
            return;
        }
        Known job = model.jobs.get(random.nextInt(model.jobs.size()));
        if (random.nextInt(8) == 0) {
            boolean ran = job.turn.isRunning();
            schedule.remove(job.turn);
            if (ran) {
                schedule.ended(job.turn);
            }
            model.jobs.remove(job);
        } else if (job.place == Place.STOPPING) {
            schedule.stopped(job.turn, nowMs);
            model.await(job, nowMs);
        } else if (job.place == Place.RUNNING && random.nextBoolean()) {
            schedule.crashed(job.turn, nowMs, limits);
            if (job.turn.crashes == 0) {
                model.await(job, nowMs);
            } else {
                job.place = Place.RESTING;
                job.timeMs = nowMs + Schedule.restMs(job.turn.crashes);
                job.order = model.orders++;
            }
        } else if (job.place == Place.RUNNING && !job.turn.continuous) {
            schedule.ended(job.turn);
            model.jobs.remove(job);
        }
        model.forgetShares();
    }

    private static void check(
            Schedule<Turn> schedule,
            Model model,
            Decision<Turn> decision,
            long nowMs,
            ScheduleLimits limits,
            List<Long> stops) {
        model.wakeRested(nowMs);
        int held = model.in(Place.RUNNING, Place.STOPPING).size();
        List<Turn> expected = new ArrayList<>();
        while (held + expected.size() < limits.jobs()
                && !model.in(Place.WAITING).isEmpty()) {
            Known next = model.next();
            model.start(next, nowMs);
            expected.add(next.turn);
        }
        assertEquals(expected, decision.start());
        int running = model.in(Place.RUNNING).size();
        int excess = Math.max(0, running - limits.jobs());
        int rotated = decision.stop().size() - excess;
        assertTrue(rotated >= 0, "what is too much is stopped");
        for (int i = 0; i < decision.stop().size(); i++) {
            Known stopped = model.of(decision.stop().get(i));
            assertEquals(Place.RUNNING, stopped.place);
            long ran = nowMs - stopped.timeMs;
            long turn = stopped.turn.continuous ? TURN_MS : Schedule.TURNS_OF_ENDING * TURN_MS;
            assertTrue(i < excess || ran >= turn, () -> "stopped after " + ran + " ms");
            stopped.place = Place.STOPPING;
        }
        for (int i = 0; i < rotated; i++) {
            stops.add(nowMs);
        }
        long recent = stops.stream().filter(at -> at > nowMs - TURN_MS).count();
        assertTrue(recent <= 2L * limits.churn(), () -> recent + " stopped for others");
        assertTrue(rotated <= limits.churn());
        assertEquals(model.in(Place.RUNNING, Place.STOPPING).size(), schedule.running());
        assertEquals(model.in(Place.WAITING).size(), schedule.waiting());
        assertEquals(model.in(Place.RESTING).size(), schedule.resting());
        assertTrue(rotated <= schedule.waiting(), "each stops for one that waits");
        for (Known job : model.jobs) {
            assertEquals(job.place, job.turn.place);
        }
    }

    /** Whatever shares there are, everybody runs again and again, and no share has less than its part for long. */
    @Test
    void decide_moreThanThereArePlaces_allGetTurnsAndEqualParts() {
        Seeded.check(100, random -> {
            Schedule<Turn> schedule = new Schedule<>();
            int places = random.nextInt(1, 8);
            ScheduleLimits limits = new ScheduleLimits(places, TURN_MS, random.nextInt(1, 5), 3 * TURN_MS);
            List<Turn> turns = new ArrayList<>();
            for (int share = random.nextInt(1, 5); share > 0; share--) {
                for (int i = random.nextInt(1, 12); i > 0; i--) {
                    turns.add(new Turn("s" + share, true));
                }
            }
            turns.forEach(turn -> schedule.add(turn, 0));
            Map<Turn, Long> ran = new HashMap<>();
            long nowMs = 0;
            for (int i = 0; i < 40 * turns.size(); i++) {
                Decision<Turn> decision = schedule.decide(nowMs, limits);
                for (Turn turn : decision.start()) {
                    ran.merge(turn, 1L, Long::sum);
                }
                for (Turn turn : decision.stop()) {
                    schedule.stopped(turn, nowMs);
                }
                nowMs = decision.stop().isEmpty() ? Math.min(schedule.nextMs(nowMs, limits), nowMs + TURN_MS) : nowMs;
            }
            for (Turn turn : turns) {
                boolean always = ran.getOrDefault(turn, 0L) == 1 && turn.isRunning();
                assertTrue(always || ran.getOrDefault(turn, 0L) > 1, () -> "one ran " + ran.get(turn) + " times");
            }
        });
    }
}
