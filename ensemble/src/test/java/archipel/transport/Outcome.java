package archipel.transport;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What has become of a call, for tests. */
final class Outcome implements Reply {
    private static final long MOST_SECONDS = 30;

    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicInteger times = new AtomicInteger();
    private volatile @Nullable ByteBuffer answer;
    private volatile @Nullable CallFailure failure;

    static Outcome of(Link link, Service service, String request) {
        return of(link, service, bytes(request), Duration.ofSeconds(20));
    }

    static Outcome of(Link link, Service service, ByteBuffer request, Duration timeout) {
        Outcome outcome = new Outcome();
        link.call(service, request, timeout, outcome);
        return outcome;
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }

    @Override
    public void answered(ByteBuffer bytes) {
        answer = bytes;
        end();
    }

    @Override
    public void failed(CallFailure why) {
        failure = why;
        end();
    }

    private void end() {
        times.incrementAndGet();
        ended.countDown();
    }

    boolean isOver() {
        return times.get() > 0;
    }

    /** How often it ended; to be 1. */
    int times() {
        return times.get();
    }

    boolean isAnswered() {
        return answer != null;
    }

    /** Whether it is answered in the end, which it waits for. */
    boolean isAnsweredSoon() {
        await();
        return isAnswered();
    }

    private void await() {
        try {
            if (!ended.await(MOST_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the call did not end");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    ByteBuffer answer() {
        await();
        assertNull(failure);
        ByteBuffer there = answer;
        assertNotNull(there);
        return there;
    }

    String answerText() {
        return text(answer());
    }

    CallFailure failure() {
        await();
        assertNull(answer, "it was answered");
        CallFailure there = failure;
        assertNotNull(there);
        return there;
    }
}
