package archipel.micro;

import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.document.RevisionTree;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What an update does to its document's revision tree, in microseconds, by the number of revisions there are. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class RevisionTreeBenchmark {
    private static final int LIMIT = 1000;

    @Param({"1", "10", "1000"})
    private int revisions;

    private RevisionTree tree = RevisionTree.EMPTY;
    private byte[] encoded = {};
    private RevisionPath next = path(1);

    /** The one branch's revision of a generation with its parent. */
    private static RevisionPath path(int generation) {
        return generation == 1
                ? RevisionPath.of(new Revision(1, hash(1)))
                : new RevisionPath(generation, List.of(hash(generation), hash(generation - 1)));
    }

    private static String hash(int generation) {
        return String.format("%016x%016x", generation * 0x9e3779b97f4a7c15L, generation * 0xbf58476d1ce4e5b9L);
    }

    @Setup
    public void grow() {
        for (int generation = 1; generation <= revisions; generation++) {
            tree = tree.merge(path(generation), false, LIMIT).tree();
        }
        encoded = tree.encode();
        next = path(revisions + 1);
    }

    @Benchmark
    public Object decode() {
        return RevisionTree.decode(encoded, 0, encoded.length);
    }

    @Benchmark
    public Object encode() {
        return tree.encode();
    }

    @Benchmark
    public Object merge() {
        return tree.merge(next, false, LIMIT);
    }

    /** The winner without the tree, as reads ask for it. */
    @Benchmark
    public @Nullable Object winner() {
        return RevisionTree.winner(encoded, 0, encoded.length);
    }

    /** All of it: from the stored bytes to those with one revision more. */
    @Benchmark
    public Object update() {
        return RevisionTree.decode(encoded, 0, encoded.length)
                .merge(next, false, LIMIT)
                .tree()
                .encode();
    }
}
