package archipel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class ExhaustedHeapTest {
    private long uptimeMs;
    private long collectingMs;
    private int ended;
    private final ExhaustedHeap heap = new ExhaustedHeap(() -> uptimeMs, () -> collectingMs, () -> ended++);

    @Test
    void check_nothingButCollections_ends() {
        pass(5_000, 200);
        for (int i = 0; i < 3; i++) {
            pass(7_000, 6_900);
            assertEquals(0, ended);
        }
        pass(7_000, 6_900);
        assertEquals(1, ended);
    }

    @Test
    void check_hardPressedNow_livesOn() {
        for (int i = 0; i < 20; i++) {
            pass(5_000, 4_800);
            pass(5_000, 4_800);
            pass(5_000, 4_800);
            pass(5_000, 4_000);
        }
        assertEquals(0, ended);
    }

    @Test
    void ofJvm_sound_livesOn() {
        ExhaustedHeap jvm = ExhaustedHeap.ofJvm(() -> ended++);
        for (int i = 0; i < 10; i++) {
            jvm.check();
        }
        assertEquals(0, ended);
    }

    private void pass(long ms, long ofThatCollecting) {
        uptimeMs += ms;
        collectingMs += ofThatCollecting;
        heap.check();
    }
}
