package archipel.micro;

import archipel.document.CanonicalJson;
import archipel.document.DocumentParser;
import archipel.document.JsonLimits;
import archipel.document.Revision;
import archipel.document.RevisionHash;
import archipel.load.SampleDocuments;
import java.util.List;
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

/** What a write does to its document of 1 KB before the engine gets it, in microseconds. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class DocumentBenchmark {
    private final DocumentParser parser = new DocumentParser(JsonLimits.DEFAULT);
    private final byte[][] documents = SampleDocuments.bodies();
    private final byte[] bulk = SampleDocuments.bulk();
    private int next;

    private byte[] document() {
        return documents[next++ & (documents.length - 1)];
    }

    @Benchmark
    public Object parse() {
        byte[] document = document();
        return parser.parse(document, 0, document.length);
    }

    /** A thousand documents, for comparison with a thousand times {@link #parse}. */
    @Benchmark
    public Object parseBulk() {
        return parser.parseBulk(bulk, 0, bulk.length);
    }

    @Benchmark
    public Object canonicalDigest() {
        byte[] document = document();
        return CanonicalJson.digest(document, 0, document.length);
    }

    /** All of it: the revision id of a new document from its bytes. */
    @Benchmark
    public Revision newRevision() {
        byte[] document = document();
        DocumentParser.ParsedDocument parsed = parser.parse(document, 0, document.length);
        byte[] digest = CanonicalJson.digest(parsed.json(), 0, parsed.json().length);
        return RevisionHash.next(null, parsed.deleted(), digest, List.of());
    }
}
