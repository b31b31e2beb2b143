package archipel.cli;

/**
 * Gives memory that a burst of work took back to the system. The collector lets go of what the heap does not need when
 * it collects the whole of it, and that it does only once the old generation is full: a node that had much to do and
 * now idles would keep it for good. So the collector is asked, once after each burst. For one thread.
 */
final class IdleHeap {
    /** A node that allocates less than this between two checks has nothing to do. */
    private static final long QUIET_BYTES = 2 << 20;

    private static final long SMALL_BYTES = 64 << 20;
    private static final int QUIET_CHECKS = 12;

    private final Memory memory;
    private long usedBefore;
    private int quietChecks;
    private boolean collected;

    IdleHeap(Memory memory) {
        this.memory = memory;
    }

    /** To be called at regular times, some seconds apart. */
    void check() {
        long used = memory.usedBytes();
        boolean quiet = Math.abs(used - usedBefore) < QUIET_BYTES;
        usedBefore = used;
        if (!quiet) {
            quietChecks = 0;
            collected = false;
        } else if (!collected && memory.heapBytes() > SMALL_BYTES && ++quietChecks == QUIET_CHECKS) {
            memory.collect();
            usedBefore = memory.usedBytes();
            collected = true;
        }
    }

    /** The heap. */
    interface Memory {
        /** The JVM's own. */
        Memory JVM = new Memory() {
            @Override
            public long usedBytes() {
                return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
            }

            @Override
            public long heapBytes() {
                return Runtime.getRuntime().totalMemory();
            }

            @Override
            public void collect() {
                System.gc();
            }
        };

        /** What objects take, those included that nobody needs any more. */
        long usedBytes();

        /** What is taken from the system. */
        long heapBytes();

        /** Collects the whole heap. */
        void collect();
    }
}
