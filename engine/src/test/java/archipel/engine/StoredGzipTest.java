package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.attachments.ContentRow;
import archipel.document.Attachment;
import archipel.document.ContentHash;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The decoded length of gzip content is stored with it, so that no start makes anybody decode it again. */
class StoredGzipTest {
    private static final int LENGTH = 100_000;

    @RegisterExtension
    private final Twins twins = new Twins();

    @TempDir
    private Path directory;

    private Node node;
    private Database database;

    @BeforeEach
    void open() {
        node = twins.open(directory, NodeOptions.DEFAULT);
        database = node.create("a");
    }

    @AfterEach
    void close() {
        List<String> findings = Checker.check(node);
        node.close();
        assertEquals(List.of(), findings);
    }

    private static byte[] gzip() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(new byte[LENGTH]);
        }
        return out.toByteArray();
    }

    private ContentHash put(String id, @Nullable String encoding) throws IOException {
        try (AttachmentUpload upload = database.upload()) {
            Attachment attachment =
                    upload.receive("f", "a/b", encoding, new ByteArrayInputStream(gzip()), Long.MAX_VALUE);
            Edits.accepted(database.write(List.of(Edits.update(id, null, false, "{}", List.of(attachment))), false));
            return attachment.content();
        }
    }

    private static long recorded(Database database, ContentHash content) {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            return reader.attachments().decodedLength(content);
        }
    }

    @Test
    void write_gzip_rowHasItsDecodedLengthAlsoInAFork() throws Exception {
        ContentHash content = put("x", "gzip");
        assertEquals(LENGTH, recorded(database, content));
        Database fork = database.fork("b", Wanted.NEWEST);
        assertEquals(LENGTH, recorded(fork, content));
    }

    @Test
    void write_plainFirstAndThenAsGzip_rowLearnsIt() throws IOException {
        ContentHash content = put("x", null);
        assertEquals(ContentRow.UNKNOWN, recorded(database, content));
        put("y", "gzip");
        assertEquals(LENGTH, recorded(database, content));
    }
}
