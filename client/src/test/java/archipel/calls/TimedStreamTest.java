package archipel.calls;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.failures.TooLargeException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;

final class TimedStreamTest {
    private final TimedStream stream = new TimedStream(Duration.ofMillis(200));
    private final Source source = new Source();

    /** Counts what is asked for. */
    private static final class Source implements Flow.Subscription {
        private long asked;
        private boolean cancelled;

        @Override
        public void request(long count) {
            asked += count;
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }

    private static List<ByteBuffer> piece(String... texts) {
        return List.of(texts).stream()
                .map(text -> ByteBuffer.wrap(text.getBytes(UTF_8)))
                .toList();
    }

    @Test
    void read_pieceByPiece_asksForTheNextOnceItIsRead() throws IOException {
        stream.onSubscribe(source);
        assertEquals(1, source.asked);
        stream.onNext(piece("ab", "", "c"));
        assertArrayEquals("ab".getBytes(UTF_8), stream.readNBytes(2));
        assertEquals(1, source.asked, "the piece is not read whole yet");
        stream.onComplete();
        assertEquals("c", new String(stream.readAllBytes(), UTF_8));
        assertEquals(2, source.asked);
        assertEquals(-1, stream.read());
    }

    @Test
    void read_emptyPiece_goesOn() throws IOException {
        stream.onSubscribe(source);
        stream.onNext(List.of());
        stream.onNext(piece("a"));
        stream.onComplete();
        assertEquals("a", new String(stream.readAllBytes(), UTF_8));
    }

    @Test
    void read_brokenOff_fails() {
        stream.onSubscribe(source);
        stream.onNext(piece("a"));
        stream.onError(new IOException("gone"));
        assertThrows(IOException.class, stream::readAllBytes);
    }

    @Test
    void read_silence_failsAndCancels() {
        stream.onSubscribe(source);
        assertThrows(IOException.class, stream::read);
        assertTrue(source.cancelled);
    }

    @Test
    void close_beforeTheBodyBegins_cancelsIt() {
        stream.close();
        stream.onSubscribe(source);
        assertTrue(source.cancelled);
        assertThrows(IOException.class, stream::read);
    }

    @Test
    void next_linesOfAnyLength_areWhole() throws IOException {
        String text = "one\r\n\n" + "x".repeat(20_000) + "\nrest";
        Lines lines = new Lines("a", new ByteArrayInputStream(text.getBytes(UTF_8)), 30_000);
        assertEquals("one", new String(lines.next(), UTF_8));
        assertEquals("", new String(lines.next(), UTF_8));
        assertEquals(20_000, lines.next().length);
        assertNull(lines.next());
        Lines bounded = new Lines("a", new ByteArrayInputStream(text.getBytes(UTF_8)), 10_000);
        bounded.next();
        bounded.next();
        assertThrows(TooLargeException.class, bounded::next);
    }
}
