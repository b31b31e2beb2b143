package archipel.report;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.HdrHistogram.Histogram;

/** Rounds of work within this process, whose processor time then counts as the server's. */
public final class Repeat {
    private static final ProcessTree SELF = ProcessTree.of(ProcessHandle.current());

    private Repeat() {}

    /** Something to be done over and over; answers the units it came to. */
    @FunctionalInterface
    public interface Operation<E extends Exception> {
        double once() throws E;
    }

    /** Does it for about so long, at least once, in this thread. */
    public static <E extends Exception> Round run(Duration duration, Operation<E> operation) throws E {
        long compiler = SELF.compilerCpuNs();
        long cpu = Ticks.ownCpuNs();
        long start = Ticks.now();
        Part part = part(operation, start + duration.toNanos());
        return end(part.latencies, part.units, start, cpu, compiler);
    }

    /** Does each for about so long, at least once, each in a virtual thread of its own. */
    public static Round together(Duration duration, List<? extends Operation<?>> operations) {
        long compiler = SELF.compilerCpuNs();
        long cpu = Ticks.ownCpuNs();
        long start = Ticks.now();
        List<FutureTask<Part>> tasks = new ArrayList<>();
        for (Operation<?> operation : operations) {
            FutureTask<Part> task = new FutureTask<>(() -> part(operation, start + duration.toNanos()));
            tasks.add(task);
            Thread.ofVirtual().start(task);
        }
        Histogram latencies = Round.histogram();
        double units = 0;
        for (FutureTask<Part> task : tasks) {
            Part part = result(task);
            latencies.add(part.latencies);
            units += part.units;
        }
        return end(latencies, units, start, cpu, compiler);
    }

    private static Round end(Histogram latencies, double units, long start, long cpu, long compiler) {
        long elapsed = Ticks.now() - start;
        return new Round(latencies, units, elapsed, Ticks.ownCpuNs() - cpu, SELF.compilerCpuNs() - compiler, 0);
    }

    private static Part result(FutureTask<Part> task) {
        try {
            return task.get();
        } catch (ExecutionException failed) {
            throw new IllegalStateException(failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private static <E extends Exception> Part part(Operation<E> operation, long until) throws E {
        Histogram latencies = Round.histogram();
        double units = 0;
        long before = Ticks.now();
        do {
            units += operation.once();
            long after = Ticks.now();
            latencies.recordValue(after - before);
            before = after;
        } while (before < until);
        return new Part(latencies, units);
    }

    private record Part(Histogram latencies, double units) {}
}
