package archipel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class IdleHeapTest {
    private static final long MIB = 1 << 20;

    private final Heap heap = new Heap();
    private final IdleHeap idle = new IdleHeap(heap);

    @Test
    void check_afterABurst_collectsOnce() {
        burst();
        for (int i = 0; i < 30; i++) {
            idle.check();
        }
        assertEquals(1, heap.collections);
        assertEquals(80 * MIB, heap.total);
        burst();
        for (int i = 0; i < 30; i++) {
            idle.check();
        }
        assertEquals(2, heap.collections);
    }

    @Test
    void check_whileThereIsWork_leavesTheHeapAlone() {
        heap.total = 500 * MIB;
        for (int i = 1; i < 50; i++) {
            heap.used = i % 10 * 40 * MIB;
            idle.check();
        }
        assertEquals(0, heap.collections);
    }

    @Test
    void check_smallHeap_leavesItAlone() {
        heap.total = 64 * MIB;
        for (int i = 0; i < 30; i++) {
            heap.used += MIB;
            idle.check();
        }
        assertEquals(0, heap.collections);
    }

    @Test
    void collect_ofTheJvm_givesMemoryBack() {
        byte[][] burst = new byte[64][];
        for (int i = 0; i < burst.length; i++) {
            burst[i] = new byte[1 << 20];
        }
        long used = IdleHeap.Memory.JVM.usedBytes();
        assertEquals(64, burst.length);
        burst = null;
        IdleHeap.Memory.JVM.collect();
        assertEquals(true, IdleHeap.Memory.JVM.usedBytes() < used - 32 * MIB);
    }

    private void burst() {
        heap.total = 500 * MIB;
        heap.used = 400 * MIB;
        idle.check();
    }

    private static final class Heap implements IdleHeap.Memory {
        private long used;
        private long total;
        private int collections;

        @Override
        public long usedBytes() {
            return used;
        }

        @Override
        public long heapBytes() {
            return total;
        }

        @Override
        public void collect() {
            collections++;
            used = 40 * MIB;
            total = 80 * MIB;
        }
    }
}
