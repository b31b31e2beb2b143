package archipel.pairs;

import archipel.load.Documents;
import archipel.pairs.Pair.Way;
import archipel.rawhttp.BodySink;
import archipel.rawhttp.HttpConnection;
import archipel.rawhttp.MarkerCounter;
import archipel.rawhttp.UnexpectedAnswerException;
import archipel.report.Measurement;
import archipel.report.Table;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Base64;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/** Many small attachments and a single large one, from one server to the other; none is stored twice. */
final class Attachments {
    private static final Duration MOST = Duration.ofMinutes(10);
    private static final int SMALL_BYTES = 4 << 10;
    private static final int AT_ONCE = 100;
    private static final int BLOCK_BYTES = 1 << 20;

    private final Table table = new Table(
            3,
            "servers",
            "what",
            "way",
            "s",
            "attachments/s",
            "MB/s",
            "source µs each",
            "target µs each",
            "source peak MiB",
            "target peak MiB",
            "notes");

    Table table() {
        return table;
    }

    /** @param count of documents with an attachment of 4 KiB each, a multiple of a hundred */
    void small(String servers, Pair pair, Way way, int count) throws IOException {
        pair.pause(true);
        pair.make("small");
        MarkerCounter revisions = new MarkerCounter("\"rev\":\"");
        try (HttpConnection connection = pair.source().connect()) {
            for (int i = 0; i < count; i += AT_ONCE) {
                byte[] request = pair.source().request("POST", "/small/_bulk_docs", documents(i));
                connection.exchange(ByteBuffer.wrap(request), revisions);
            }
        }
        if (revisions.count() != count) {
            throw new UnexpectedAnswerException("_bulk_docs", revisions.count() + " of " + count, "");
        }
        Stretch stretch = new Stretch(pair);
        pair.copy(way, "small", "small");
        pair.awaitDocuments("small", count, MOST);
        row(servers, count + " of 4 KiB", way, count, (double) count * SMALL_BYTES, stretch.end(), pair);
    }

    private static byte[] documents(int from) {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        SplittableRandom random = new SplittableRandom(from);
        for (int i = from; i < from + AT_ONCE; i++) {
            byte[] content = new byte[SMALL_BYTES];
            random.nextBytes(content);
            json.writeBytes(Pair.bytes(
                    (i == from ? "{\"docs\":[" : ",") + "{\"_id\":\"" + Documents.id(5, i) + "\",\"_attachments\":"
                            + "{\"f.bin\":{\"content_type\":\"application/octet-stream\",\"data\":\""
                            + Base64.getEncoder().encodeToString(content) + "\"}}}"));
        }
        json.writeBytes(Pair.bytes("]}"));
        return json.toByteArray();
    }

    /** @param mebibytes of the attachment; what arrives is compared with what was sent */
    void large(String servers, Pair pair, Way way, int mebibytes) throws IOException {
        pair.pause(true);
        pair.make("large");
        long length = (long) mebibytes * BLOCK_BYTES;
        CRC32C sent = upload(pair, mebibytes, length);
        Stretch stretch = new Stretch(pair);
        pair.copy(way, "large", "large");
        pair.awaitDocuments("large", 1, MOST);
        Stretch.Passed passed = stretch.end();
        row(servers, "1 of " + mebibytes + " MiB", way, 1, length, passed, pair);
        CRC32C arrived = new CRC32C();
        try (HttpConnection connection = pair.target().connect()) {
            byte[] request = pair.target().request("GET", "/large/one/data.bin");
            int status = connection.exchange(ByteBuffer.wrap(request), arrived::update);
            if (status != 200 || arrived.getValue() != sent.getValue()) {
                throw new UnexpectedAnswerException("GET of the copy", status + ", other content", "");
            }
        }
    }

    private static CRC32C upload(Pair pair, int mebibytes, long length) throws IOException {
        CRC32C checksum = new CRC32C();
        ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
        SplittableRandom random = new SplittableRandom(11);
        random.nextBytes(block.array());
        try (HttpConnection connection = pair.source().connect()) {
            connection.send(ByteBuffer.wrap(
                    pair.source().uploadHead("PUT", "/large/one/data.bin", "application/octet-stream", length)));
            for (int i = 0; i < mebibytes; i++) {
                block.clear().putLong(0, Documents.mix(i));
                checksum.update(block.array());
                connection.send(block);
            }
            int status = connection.readHead();
            while (connection.readSome(BodySink.DISCARD)) {
                continue;
            }
            if (status != 201) {
                throw new UnexpectedAnswerException("PUT of a large attachment", status + " instead of 201", "");
            }
        }
        return checksum;
    }

    private void row(String servers, String what, Way way, int count, double bytes, Stretch.Passed passed, Pair pair) {
        table.row(
                servers,
                what,
                way.toString(),
                Measurement.number(passed.seconds()),
                Measurement.number(count / passed.seconds()),
                Measurement.number(bytes / 1e6 / passed.seconds()),
                Measurement.number(passed.sourceNs() / 1e3 / count),
                Measurement.number(passed.targetNs() / 1e3 / count),
                peak(pair.sourceServer()),
                peak(pair.targetServer()),
                passed.compiling());
    }

    private static String peak(Member server) {
        return Measurement.number(server.processes().peakBytes() / 1048576.0);
    }

    /** A row that says why there are no figures. */
    void failed(String servers, String what, Way way, String why) {
        table.row(servers, what, way.toString(), "-", "-", "-", "-", "-", "-", "-", why);
    }
}
