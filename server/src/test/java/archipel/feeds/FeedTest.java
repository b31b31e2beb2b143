package archipel.feeds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import archipel.changes.Sequence;
import archipel.changes.Waiter;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.feeds.FeedWriter.Shape;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class FeedTest {
    private final Output output = new Output();
    private final Script script = new Script();
    private Waiter reader = Waiter.PATIENT;
    /** From when on the reader may not read any more. */
    private long lostMs = Long.MAX_VALUE;

    @Test
    void run_normal_isOneObject() throws IOException {
        script.at(0, 1, 2);
        run(Shape.NORMAL, 0, 1000);
        assertEquals(
                "{\"results\":[\n{\"n\":1},\r\n{\"n\":2}\n],\n\"last_seq\":\"2-00000002\",\"pending\":0}\n",
                output.text());
    }

    @Test
    void run_longpollWithoutRows_waitsForTheFirst() throws IOException {
        script.at(700, 5).at(800, 6);
        run(Shape.LONGPOLL, 0, 1000);
        assertEquals("{\"results\":[\n|{\"n\":5}\n],\n\"last_seq\":\"5-00000005\",\"pending\":0}\n", output.text());
    }

    @Test
    void run_longpollWithoutNews_endsAfterTheTimeout() throws IOException {
        run(Shape.LONGPOLL, 0, 1000);
        assertEquals("{\"results\":[\n|\n],\n\"last_seq\":\"0\",\"pending\":0}\n", output.text());
        assertEquals(1000, script.nowMs);
    }

    @Test
    void run_continuous_goesOnUntilASilenceOfTheTimeout() throws IOException {
        script.at(0, 1).at(900, 2).at(1800, 3);
        run(Shape.CONTINUOUS, 0, 1000);
        assertEquals(
                "{\"n\":1}\n|{\"n\":2}\n|{\"n\":3}\n|{\"last_seq\":\"3-00000003\",\"pending\":0}\n", output.text());
        assertEquals(2800, script.nowMs);
    }

    @Test
    void run_continuousWithoutRows_greets() throws IOException {
        run(Shape.CONTINUOUS, 0, 10);
        assertEquals("\n|{\"last_seq\":\"0\",\"pending\":0}\n", output.text());
    }

    @Test
    void run_heartbeats_keepTheFeedOpenUntilItsSourceCloses() throws IOException {
        script.at(250, 1).closeAt(500);
        run(Shape.CONTINUOUS, 100, 10);
        assertEquals("\n|\n|\n|{\"n\":1}\n|\n|\n|{\"last_seq\":\"1-00000001\",\"pending\":0}\n", output.text());
        assertEquals(500, script.nowMs);
    }

    @Test
    void run_newsThatAreNotShown_doNotPutOffTheHeartbeat() throws IOException {
        script.at(60).at(120).closeAt(130);
        run(Shape.CONTINUOUS, 100, 10);
        assertEquals("\n||\n||{\"last_seq\":\"0\",\"pending\":0}\n", output.text());
    }

    @Test
    void run_eventSource_repeatsTheSeqAsId() throws IOException {
        script.at(0, 7).closeAt(150);
        run(Shape.EVENTSOURCE, 100, 10);
        assertEquals("data: {\"n\":7}\nid: \"7-00000007\"\n\n|event: heartbeat\ndata: \n\n|", output.text());
    }

    @Test
    void run_completeSource_endsAtOnce() throws IOException {
        script.limit = 1;
        script.at(0, 1, 2);
        run(Shape.CONTINUOUS, 100, 10);
        assertEquals("{\"n\":1}\n{\"last_seq\":\"1-00000001\",\"pending\":0}\n", output.text());
        assertEquals(0, script.nowMs);
    }

    @Test
    void run_searchTakesLong_sendsHeartbeatsMeanwhile() throws IOException {
        script.looks = 4;
        script.closeAt(250);
        run(Shape.CONTINUOUS, 100, 10);
        assertEquals("\n|\n|\n|{\"last_seq\":\"0\",\"pending\":0}\n", output.text());
    }

    @Test
    void run_readerHasGone_endsWhereItSearchesAndWhereItSleeps() {
        reader = () -> {
            if (script.nowMs >= 30_000) {
                throw new EOFException("gone");
            }
            return 1;
        };
        assertThrows(EOFException.class, () -> run(Shape.LONGPOLL, 0, 60_000));
        assertEquals(30_000, script.nowMs);
        script.looks = 1;
        assertThrows(EOFException.class, () -> run(Shape.NORMAL, 0, 60_000));
    }

    /** What came after the rights were lost is not told, and the feed does not wait for it. */
    @Test
    void run_rightsAreLost_endsInOrderBeforeWhatCameSince() throws IOException {
        lostMs = 500;
        script.at(250, 1).at(600, 2);
        run(Shape.CONTINUOUS, 0, 60_000);
        assertEquals("\n|{\"n\":1}\n|{\"last_seq\":\"1-00000001\",\"pending\":0}\n", output.text());
        assertEquals(600, script.nowMs);
    }

    @Test
    void run_rightsAreLostInLongpoll_endsWithoutRows() throws IOException {
        lostMs = 500;
        script.at(600, 2);
        run(Shape.LONGPOLL, 0, 60_000);
        assertEquals("{\"results\":[\n|\n],\n\"last_seq\":\"0\",\"pending\":0}\n", output.text());
    }

    @Test
    void run_rightsAreLostInSilence_endsInPlaceOfASignOfLife() throws IOException {
        lostMs = 500;
        run(Shape.EVENTSOURCE, 200, 60_000);
        assertEquals("\n|event: heartbeat\ndata: \n\n|event: heartbeat\ndata: \n\n|", output.text());
        assertEquals(600, script.nowMs);
    }

    @Test
    void run_rightsAreLostWithoutHeartbeats_endsAtTheNextLook() throws IOException {
        lostMs = 500;
        run(Shape.CONTINUOUS, 0, 60_000);
        assertEquals(15_000, script.nowMs);
    }

    @Test
    void run_rightsAreLostInASearch_breaksOffInPlaceOfASignOfLife() {
        lostMs = 200;
        script.looks = 1_000;
        RequestException refusal = assertThrows(RequestException.class, () -> run(Shape.CONTINUOUS, 100, 60_000));
        assertEquals(ErrorCode.NOT_ALLOWED_HERE, refusal.code());
        assertEquals("\n|", output.text());
    }

    private void requireRights() {
        if (script.nowMs >= lostMs) {
            throw new RequestException(ErrorCode.NOT_ALLOWED_HERE);
        }
    }

    private void run(Shape shape, long heartbeatMs, long timeoutMs) throws IOException {
        new Feed(new FeedWriter(shape, output), reader, this::requireRights, heartbeatMs, timeoutMs, () -> script.nowMs)
                .run(script);
    }

    /** Shows a flush as a bar. */
    private static final class Output implements FeedWriter.Sink {
        private final StringBuilder sent = new StringBuilder();
        private final JsonBuffer buffer = new JsonBuffer();

        @Override
        public JsonBuffer buffer() {
            return buffer;
        }

        @Override
        public void drain() {}

        @Override
        public void flush() {
            sent.append(text(buffer)).append('|');
            buffer.reset();
        }

        private String text() {
            return sent + text(buffer);
        }

        private static String text(JsonBuffer json) {
            return new String(json.toByteArray(), StandardCharsets.UTF_8);
        }
    }

    /** News at given moments; waiting moves the clock. */
    private static final class Script implements Feed.Source {
        private final Deque<News> news = new ArrayDeque<>();
        private long closeMs = Long.MAX_VALUE;
        private long nowMs;
        private int looks;
        private long last;
        private long limit = Long.MAX_VALUE;

        private Script at(long ms, long... rows) {
            news.add(new News(ms, java.util.Arrays.stream(rows).boxed().toList()));
            return this;
        }

        private void closeAt(long ms) {
            closeMs = ms;
        }

        @Override
        public boolean drain(FeedWriter writer, Waiter waiter) throws IOException {
            for (; looks > 0; looks--) {
                nowMs += 60;
                waiter.check();
            }
            while (!news.isEmpty() && news.peek().ms() <= nowMs) {
                for (long row : news.poll().rows()) {
                    if (limit-- == 0) {
                        return true;
                    }
                    Sequence sequence = new Sequence(row, (int) row);
                    writer.endRow(writer.beginRow().ascii("{\"n\":").number(row).ascii('}'), sequence);
                    last = row;
                }
            }
            return false;
        }

        @Override
        public boolean await(Duration atMost) {
            long until = Math.min(nowMs + atMost.toMillis(), closeMs);
            if (!news.isEmpty() && news.peek().ms() <= until) {
                nowMs = news.peek().ms();
                return true;
            }
            nowMs = until;
            return false;
        }

        @Override
        public boolean isClosed() {
            return nowMs >= closeMs;
        }

        @Override
        public void end(FeedWriter writer) {
            writer.end(new Sequence(last, (int) last), 0);
        }

        private record News(long ms, List<Long> rows) {}
    }
}
