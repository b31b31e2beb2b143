package archipel.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ImagePaceTest {
    private static final int MEBIBYTE = 1 << 20;

    private final AtomicLong nowMs = new AtomicLong();

    private ImagePace pace(long bytesPerSecond) {
        return new ImagePace(bytesPerSecond, nowMs::get, nowMs::addAndGet);
    }

    private static void send(ImagePace pace, int pieces) throws InterruptedException {
        for (int i = 0; i < pieces; i++) {
            pace.beforeSending(pace.pieceBytes());
        }
    }

    @Test
    void beforeSending_atARate_takesAsLongAsThat() throws InterruptedException {
        ImagePace pace = pace(8 * MEBIBYTE);
        assertEquals(MEBIBYTE, pace.pieceBytes());
        // The first is not waited for.
        send(pace, 81);
        assertEquals(10_000, nowMs.get());
    }

    @Test
    void beforeSending_afterAPause_makesUpForNothing() throws InterruptedException {
        ImagePace pace = pace(8 * MEBIBYTE);
        send(pace, 1);
        nowMs.addAndGet(60_000);
        send(pace, 9);
        assertEquals(61_000, nowMs.get());
    }

    @Test
    void beforeSending_withoutARate_neverWaits() throws InterruptedException {
        ImagePace pace = pace(0);
        send(pace, 1_000);
        assertEquals(0, nowMs.get());
        assertEquals(MEBIBYTE, pace.pieceBytes());
    }

    @Test
    void pieceBytes_ofALowRate_areWaitedForBriefly() throws InterruptedException {
        ImagePace pace = pace(1);
        assertEquals(ImagePace.LEAST / 8, pace.pieceBytes());
        send(pace, 9);
        assertEquals(1_000, nowMs.get());
    }
}
