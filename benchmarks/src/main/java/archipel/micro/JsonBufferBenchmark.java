package archipel.micro;

import archipel.document.JsonBuffer;
import archipel.load.SampleDocuments;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Rows of listings into a buffer that is used again, in nanoseconds. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class JsonBufferBenchmark {
    private static final String ID = "0123456789abcdef0123456789abcdef";
    private static final String REVISION = "1-0123456789abcdef0123456789abcdef";
    private final JsonBuffer buffer = new JsonBuffer(4096);
    private final byte[] body = SampleDocuments.bodies()[0];
    private long seq;

    /** As {@code _changes} gives it. */
    @Benchmark
    public int changeRow() {
        buffer.reset()
                .ascii("{\"seq\":\"")
                .number(seq++)
                .ascii("-01234567\",\"id\":")
                .string(ID);
        return buffer.ascii(",\"changes\":[{\"rev\":")
                .string(REVISION)
                .ascii("}]},\n")
                .size();
    }

    /** As {@code _all_docs?include_docs=true} gives it, the body's bytes as they are stored. */
    @Benchmark
    public int documentRow() {
        buffer.reset().ascii("{\"id\":").string(ID).ascii(",\"key\":").string(ID);
        buffer.ascii(",\"value\":{\"rev\":")
                .string(REVISION)
                .ascii("},\"doc\":{\"_id\":")
                .string(ID);
        buffer.ascii(",\"_rev\":").string(REVISION).ascii(",").raw(body, 1, body.length - 1);
        return buffer.ascii("},\n").size();
    }
}
