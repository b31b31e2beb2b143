package archipel.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import archipel.calls.FakeNode;
import archipel.failures.OutcomeUnknownException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attachments whose content cannot be read. */
final class AttachmentsTest {
    @TempDir
    private Path directory;

    private final AtomicInteger answered = new AtomicInteger();
    private FakeNode node;
    private Archipel archipel;

    @BeforeEach
    void start() throws IOException {
        node = FakeNode.start(exchange -> {
            exchange.getRequestBody().readAllBytes();
            if (answered.getAndIncrement() == 0) {
                exchange.close();
            } else {
                FakeNode.answer(exchange, 201, "{\"rev\":\"1-a\"}");
            }
        });
        archipel = Archipel.connect(node.url());
    }

    @AfterEach
    void stop() {
        archipel.close();
        node.close();
    }

    private void put(AttachmentSource source) {
        archipel.database("islands").putAttachment("sein", null, "map", "text/plain", source);
    }

    @Test
    void put_fileThatIsMissing_saysSoAtOnce() {
        UncheckedIOException e =
                assertThrows(UncheckedIOException.class, () -> put(AttachmentSource.of(directory.resolve("map.txt"))));
        assertInstanceOf(NoSuchFileException.class, e.getCause());
        assertEquals(1, archipel.callCounters().attempts());
        assertEquals(0, archipel.callCounters().unknownOutcomes());
    }

    private static InputStream breakingOff(IOException failure) {
        return new SequenceInputStream(new ByteArrayInputStream(new byte[100_000]), new InputStream() {
            @Override
            public int read() throws IOException {
                throw failure;
            }
        });
    }

    @Test
    void put_contentThatBreaksOff_saysSoAndStoresNoPart() {
        IOException failure = new IOException("the disk is gone");
        UncheckedIOException e = assertThrows(UncheckedIOException.class, () -> put(() -> breakingOff(failure)));
        assertSame(failure, e.getCause());
        assertEquals(1, archipel.callCounters().attempts());
    }

    @Test
    void put_contentThatIsGoneWhenSentAgain_isUnknown() {
        AtomicInteger opened = new AtomicInteger();
        assertThrows(
                OutcomeUnknownException.class,
                () -> put(() -> {
                    if (opened.incrementAndGet() > 1) {
                        throw new IOException("the file is gone");
                    }
                    return new ByteArrayInputStream(new byte[10]);
                }));
        assertEquals(2, archipel.callCounters().attempts());
    }
}
