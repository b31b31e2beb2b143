package archipel.load;

import archipel.rawhttp.BodySink;
import archipel.rawhttp.HttpConnection;
import archipel.rawhttp.HttpTarget;
import archipel.rawhttp.UnexpectedAnswerException;
import archipel.report.Measurement;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/**
 * Attachments in or out, one after the other on one connection; throughput in MB/s of 1,000,000 bytes. Every upload has
 * content of its own, so that a server that stores equal content once gains nothing, and does not compress.
 */
record AttachmentWorkload(boolean upload, int mebibytes) implements Workload {
    private static final int BLOCK_BYTES = 1 << 20;

    @Override
    public String name() {
        return "att" + mebibytes + (upload ? "put" : "get");
    }

    @Override
    public String unit() {
        return "MB";
    }

    @Override
    public String description() {
        return (upload ? "PUT" : "GET") + " of attachments of " + mebibytes + " MiB, 1 connection";
    }

    @Override
    public Session open(Subject subject) throws IOException {
        String database = subject.newDatabase(name());
        Content content = new Content(mebibytes);
        ClosedLoop.Client client;
        if (upload) {
            client = new Upload(subject, database, content);
        } else {
            try (HttpConnection connection = subject.target().connect()) {
                new Upload(subject, database, content).operate(connection);
            }
            client = new Download(subject, database, content.checksum());
        }
        return duration -> ClosedLoop.run(subject, List.of(client), duration);
    }

    private double megabytes() {
        return (double) mebibytes * BLOCK_BYTES / 1e6;
    }

    /**
     * One random block, sent as often as needed; the first bytes of each are patched to tell blocks and uploads apart.
     */
    private static final class Content {
        private final ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
        private final int blocks;
        private long uploads;

        Content(int blocks) {
            this.blocks = blocks;
            SplittableRandom random = new SplittableRandom(blocks);
            while (block.remaining() >= Long.BYTES) {
                block.putLong(random.nextLong());
            }
        }

        void begin() {
            uploads++;
        }

        ByteBuffer block(int number) {
            block.clear();
            return block.putLong(0, Documents.mix(uploads)).putLong(8, Documents.mix(~number));
        }

        /** Of the upload that was begun last. */
        long checksum() {
            CRC32C checksum = new CRC32C();
            for (int i = 0; i < blocks; i++) {
                checksum.update(block(i));
            }
            return checksum.getValue();
        }
    }

    private final class Upload implements ClosedLoop.Client {
        private final HttpTarget target;
        private final String database;
        private final Content content;
        private final Answer answer = new Answer("PUT of an attachment");

        Upload(Subject subject, String database, Content content) {
            this.target = subject.target();
            this.database = database;
            this.content = content;
        }

        @Override
        public double operate(HttpConnection connection) throws IOException {
            content.begin();
            long length = (long) mebibytes * BLOCK_BYTES;
            String path = "/" + database + "/a" + content.uploads + "/data.bin";
            connection.send(ByteBuffer.wrap(target.uploadHead("PUT", path, "application/octet-stream", length)));
            for (int i = 0; i < content.blocks - 1; i++) {
                connection.send(content.block(i));
            }
            answer.exchange(connection, content.block(content.blocks - 1), 201);
            answer.contains("\"rev\":\"1-");
            return megabytes();
        }
    }

    private final class Download implements ClosedLoop.Client {
        private final byte[] request;
        private final long expected;
        private boolean checked;

        Download(Subject subject, String database, long expected) {
            this.request = subject.target().request("GET", "/" + database + "/a1/data.bin");
            this.expected = expected;
        }

        /** The first time the content is compared, later the length. */
        @Override
        public double operate(HttpConnection connection) throws IOException {
            CRC32C checksum = new CRC32C();
            long[] bytes = new long[1];
            BodySink sink = (slice, offset, length) -> {
                bytes[0] += length;
                if (!checked) {
                    checksum.update(slice, offset, length);
                }
            };
            int status = connection.exchange(ByteBuffer.wrap(request), sink);
            boolean same = bytes[0] == (long) mebibytes * BLOCK_BYTES && (checked || checksum.getValue() == expected);
            if (status != 200 || !same) {
                String problem = status + " with " + Measurement.number(bytes[0]) + " bytes, or others than were sent";
                throw new UnexpectedAnswerException("GET of an attachment", problem, "");
            }
            checked = true;
            return megabytes();
        }
    }
}
