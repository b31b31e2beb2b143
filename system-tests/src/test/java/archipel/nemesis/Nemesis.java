package archipel.nemesis;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * What goes wrong, one thing after the other or two at once, by a seed: each fault lasts for a while, and then all is
 * well for a while. Which node leads at that moment does not follow from the seed; what is done to whoever leads does.
 */
final class Nemesis {
    /** Those that happen; all unless some are named. */
    private static final List<Fault> KINDS =
            System.getProperty("nemesis.faults", "").isEmpty()
                    ? List.of(Fault.values())
                    : Stream.of(System.getProperty("nemesis.faults").split(","))
                            .map(Fault::valueOf)
                            .toList();

    /** A moment, minutes, and days. */
    private static final long[] LONGEST_JUMPS_MS = {2_000, 600_000, 1_000_000_000};

    private final EnsembleFleet fleet;
    private final SplittableRandom random;
    private final int longestMs;

    /** @param longestMs of one fault */
    Nemesis(EnsembleFleet fleet, SplittableRandom random, int longestMs) {
        this.fleet = fleet;
        this.random = random;
        this.longestMs = longestMs;
    }

    /** The kinds of faults. */
    enum Fault {
        KILL_LEADER,
        KILL_ANY,
        KILL_ALL,
        FREEZE_LEADER,
        FREEZE_ANY,
        FREEZE_FLICKER,
        STOP_LEADER,
        STOP_ANY,
        TRANSFER,
        CUT_LEADER,
        CUT_LEADER_OUT,
        CUT_LEADER_IN,
        CUT_HALVES,
        CUT_RING,
        CUT_FLICKER,
        SLOW,
        LOSSY,
        CUT_AND_KILL,
        /** Without a vote for a while. */
        DEMOTE_LEADER,
        DEMOTE_ANY,
        /** Removed, and another node joins in its place with an empty disk. */
        REPLACE_ANY,
        FILL_DISK_OF_LEADER,
        FILL_DISK_OF_ANY,
        /** The wall clock jumps, by moments or by days, and stays there until it jumps again. */
        CLOCK_OF_LEADER,
        CLOCK_OF_ANY,
        CLOCKS_FLICKER
    }

    /** Lets each kind happen once, in an order from the seed, and then any until the time is over. */
    void run(Duration most, Runnable between) throws IOException, InterruptedException {
        long begunNs = System.nanoTime();
        List<Fault> order = new ArrayList<>();
        while (System.nanoTime() - begunNs < most.toNanos()) {
            if (order.isEmpty()) {
                order.addAll(KINDS);
                if (!fleet.network().hasOneAddressForAll()) {
                    order.remove(Fault.REPLACE_ANY);
                }
                if (!fleet.hasDisks()) {
                    order.removeAll(List.of(Fault.FILL_DISK_OF_LEADER, Fault.FILL_DISK_OF_ANY));
                }
                if (!fleet.hasClocks()) {
                    order.removeAll(List.of(Fault.CLOCK_OF_LEADER, Fault.CLOCK_OF_ANY, Fault.CLOCKS_FLICKER));
                }
            }
            Fault fault = order.remove(random.nextInt(order.size()));
            run(fault);
            between.run();
        }
    }

    /** Lets each of these happen once, in an order from the seed. */
    void run(Collection<Fault> kinds, Runnable between) throws IOException, InterruptedException {
        List<Fault> left = new ArrayList<>(kinds);
        while (!left.isEmpty()) {
            run(left.remove(random.nextInt(left.size())));
            between.run();
        }
    }

    /** One fault, and its end. */
    void run(Fault fault) throws IOException, InterruptedException {
        int group = random.nextInt(EnsembleFleet.GROUPS + 1);
        int leader = fleet.awaitLeader(group);
        System.out.println(
                "nemesis: at " + Heads.nowMs() + " " + " " + fault + ", group " + group + " led by " + leader);
        begin(fault, leader);
        pause(random.nextInt(longestMs / 4, longestMs));
        fleet.mend();
        pause(random.nextInt(200, 1_000));
    }

    private void begin(Fault fault, int leader) throws IOException, InterruptedException {
        int any = random.nextInt(fleet.size());
        switch (fault) {
            case KILL_LEADER -> kill(leader);
            case KILL_ANY -> kill(any);
            case KILL_ALL -> {
                for (int node = 0; node < fleet.size(); node++) {
                    fleet.kill(node);
                }
            }
            case FREEZE_LEADER -> freeze(leader);
            case FREEZE_ANY -> freeze(any);
            case FREEZE_FLICKER -> {
                for (int i = 0; i < 8; i++) {
                    int one = random.nextInt(fleet.size());
                    fleet.freeze(one);
                    long frozenMs = Heads.nowMs();
                    pause(random.nextInt(50, 700));
                    fleet.thaw(one);
                    System.out.println("nemesis: " + one + " frozen from " + frozenMs + " to " + Heads.nowMs());
                }
            }
            case STOP_LEADER -> fleet.stop(leader);
            case STOP_ANY -> fleet.stop(any);
            case TRANSFER -> fleet.transfer(any);
            case CUT_LEADER -> isolate(leader, true, true);
            case CUT_LEADER_OUT -> isolate(leader, true, false);
            case CUT_LEADER_IN -> isolate(leader, false, true);
            case CUT_HALVES -> halve();
            case CUT_RING -> ring();
            case CUT_FLICKER -> {
                for (int i = 0; i < 6; i++) {
                    isolate(random.nextInt(fleet.size()), true, random.nextBoolean());
                    pause(random.nextInt(50, 900));
                    fleet.network().heal();
                }
            }
            case SLOW -> all((from, to) -> fleet.network().delay(from, to, random.nextInt(20, 120)));
            case LOSSY -> all((from, to) -> fleet.network().lose(from, to, random.nextInt(1, 15)));
            case DEMOTE_LEADER -> fleet.demote(leader);
            case DEMOTE_ANY -> fleet.demote(any);
            case REPLACE_ANY -> fleet.replace(any);
            case FILL_DISK_OF_LEADER -> fleet.fillDisk(leader);
            case FILL_DISK_OF_ANY -> fleet.fillDisk(any);
            case CLOCK_OF_LEADER -> setClock(leader);
            case CLOCK_OF_ANY -> setClock(any);
            case CLOCKS_FLICKER -> {
                for (int i = 0; i < 8; i++) {
                    setClock(random.nextInt(fleet.size()));
                    pause(random.nextInt(20, 400));
                }
            }
            case CUT_AND_KILL -> {
                isolate(leader, random.nextBoolean(), true);
                pause(random.nextInt(100, 2_000));
                kill(random.nextBoolean() ? leader : any);
            }
        }
    }

    private void kill(int first) {
        fleet.kill(first);
        // Of five nodes now and then two.
        if (fleet.spare() > 1 && random.nextBoolean()) {
            List<Integer> alive = fleet.alive();
            fleet.kill(alive.get(random.nextInt(alive.size())));
        }
    }

    private void setClock(int node) {
        long aheadMs = random.nextInt(4) == 0 ? 0 : random.nextLong(1, LONGEST_JUMPS_MS[random.nextInt(3)]);
        aheadMs = random.nextBoolean() ? aheadMs : -aheadMs;
        System.out.println("nemesis: the clock of " + node + " is ahead by " + aheadMs + " ms");
        fleet.setClock(node, aheadMs);
    }

    private void freeze(int first) throws IOException, InterruptedException {
        fleet.freeze(first);
        if (fleet.spare() > 1 && random.nextBoolean()) {
            List<Integer> alive = fleet.alive();
            fleet.freeze(alive.get(random.nextInt(alive.size())));
        }
    }

    private void isolate(int node, boolean out, boolean in) throws IOException, InterruptedException {
        for (int other = 0; other < fleet.size(); other++) {
            if (other != node && out) {
                fleet.network().cut(node, other);
            }
            if (other != node && in) {
                fleet.network().cut(other, node);
            }
        }
    }

    private void halve() throws IOException, InterruptedException {
        int first = random.nextInt(fleet.size());
        int many = 1 + random.nextInt(fleet.size() - 1);
        for (int i = 0; i < many; i++) {
            for (int j = many; j < fleet.size(); j++) {
                int one = (first + i) % fleet.size();
                int other = (first + j) % fleet.size();
                fleet.network().cut(one, other);
                fleet.network().cut(other, one);
            }
        }
    }

    /** Each reaches those beside it alone, where there are enough; otherwise two reach a third, and not each other. */
    private void ring() throws IOException, InterruptedException {
        int size = fleet.size();
        int first = random.nextInt(size);
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                int apart = Math.floorMod(i - j, size);
                boolean beside = apart == 1 || apart == size - 1;
                if (size > 3 ? apart != 0 && !beside : i != j && i != first && j != first) {
                    fleet.network().cut(i, j);
                }
            }
        }
    }

    private void all(Between between) throws IOException, InterruptedException {
        for (int from = 0; from < fleet.size(); from++) {
            for (int to = 0; to < fleet.size(); to++) {
                if (from != to) {
                    between.at(from, to);
                }
            }
        }
    }

    @FunctionalInterface
    private interface Between {
        void at(int from, int to) throws IOException, InterruptedException;
    }

    private static void pause(int ms) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(ms));
    }
}
