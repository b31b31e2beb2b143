package archipel.coordination;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what a client sends into frames, for a library that reads a length and allocates that much at once. A large
 * frame is gathered here until it is complete, so that a client occupies what it has sent, and not what it has
 * announced. One that is too large is read and dropped, so that its sender can be told.
 *
 * <p>For one thread at a time.
 */
final class FrameReader {
    private static final int HEAD_BYTES = 4;
    /** Frames up to this size are not gathered. */
    private static final int SMALL_BYTES = 4 << 10;

    private static final int FIRST_BYTES = 16 << 10;
    private static final int SKIPPED_HEAD_BYTES = 8;

    private final Source source;
    private final Frames frames;
    private final ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES);
    // Where the library reads lengths into, always the same.
    private @Nullable ByteBuffer lengths;
    private boolean announced;
    private int length;
    private @Nullable ByteBuffer gathered;
    private @Nullable ByteBuffer skippedHead;
    private int skipping;
    private boolean ignoring;
    private boolean ended;

    /** Where bytes come from. */
    @FunctionalInterface
    interface Source {
        /** Some more, as many as there are; -1 once there will be none. */
        int receive(ByteBuffer into) throws IOException;
    }

    /** What becomes of frames. */
    interface Frames {
        /** A client has sent the length of a frame. */
        Verdict length(int length);

        /** A small frame has come whole. @return whether it is to be taken */
        boolean admits(ByteBuffer frame);

        /** How much a frame occupies of which not all has come; 0 where there is none. */
        void occupied(int bytes);

        /**
         * A frame has come that was to be skipped.
         *
         * @param begin its first bytes, where it has as many
         */
        void skipped(ByteBuffer begin);
    }

    /** Of a frame. */
    enum Verdict {
        TAKE,
        /** It is read, and not kept. */
        SKIP,
        /** Nothing that comes is read any more. */
        IGNORE,
        CLOSE
    }

    FrameReader(Source source, Frames frames) {
        this.source = source;
        this.frames = frames;
    }

    /** Whether a length is read next. */
    boolean isBetweenFrames(ByteBuffer incoming) {
        return incoming == lengths;
    }

    /** As {@link java.nio.channels.SocketChannel#read(ByteBuffer)}: a length, or some of the frame behind it. */
    int read(ByteBuffer into) throws IOException {
        if (lengths == null) {
            lengths = into;
        }
        if (ignoring) {
            return 0;
        }
        if (into != lengths) {
            return frame(into);
        }
        while (!announced && !ended) {
            if (skipping > 0 ? !skip() : !announce()) {
                return ended ? -1 : 0;
            }
        }
        if (ended || length > SMALL_BYTES && !gather()) {
            return ended ? -1 : 0;
        }
        announced = false;
        into.putInt(length);
        return HEAD_BYTES;
    }

    // Whether there is something to go on with.
    private boolean announce() throws IOException {
        if (!receive(head)) {
            frames.occupied(head.position());
            return false;
        }
        length = head.getInt(0);
        head.clear();
        switch (frames.length(length)) {
            case TAKE -> announced = true;
            case SKIP -> {
                skipping = length;
                skippedHead = ByteBuffer.allocate(SKIPPED_HEAD_BYTES);
            }
            case IGNORE -> {
                ignoring = true;
                return false;
            }
            case CLOSE -> ended = true;
        }
        return true;
    }

    private boolean skip() throws IOException {
        ByteBuffer begin = skippedHead;
        ByteBuffer into =
                begin != null && begin.hasRemaining() ? begin : ByteBuffer.allocate(Math.min(skipping, FIRST_BYTES));
        int before = into.position();
        boolean all = receive(into);
        skipping -= into.position() - before;
        if (skipping == 0 && begin != null) {
            skippedHead = null;
            frames.occupied(0);
            frames.skipped(begin.flip());
        } else if (into.position() > before) {
            // As long as something comes, it may take its time: nothing is kept of it.
            frames.occupied(0);
            frames.occupied(HEAD_BYTES);
        }
        return all;
    }

    private boolean gather() throws IOException {
        ByteBuffer all = gathered;
        if (all == null) {
            all = ByteBuffer.allocate(Math.min(length, FIRST_BYTES));
            gathered = all;
        }
        while (all.position() < length) {
            if (!all.hasRemaining()) {
                all = ByteBuffer.allocate((int) Math.min(length, 2L * all.capacity()))
                        .put(all.flip());
                gathered = all;
            }
            boolean full = receive(all);
            frames.occupied(all.capacity());
            if (!full) {
                return false;
            }
        }
        all.flip();
        return true;
    }

    private int frame(ByteBuffer into) throws IOException {
        ByteBuffer all = gathered;
        if (all == null) {
            int before = into.position();
            boolean full = receive(into);
            frames.occupied(full ? 0 : into.capacity());
            if (full && !frames.admits(into.duplicate().flip())) {
                ended = true;
                return -1;
            }
            int came = into.position() - before;
            return came == 0 && ended ? -1 : came;
        }
        int came = Math.min(all.remaining(), into.remaining());
        into.put(into.position(), all, all.position(), came).position(into.position() + came);
        all.position(all.position() + came);
        if (!all.hasRemaining()) {
            gathered = null;
            frames.occupied(0);
        }
        return came;
    }

    // Whether the buffer is full.
    private boolean receive(ByteBuffer into) throws IOException {
        if (into.hasRemaining() && source.receive(into) < 0) {
            ended = true;
            return false;
        }
        return !into.hasRemaining();
    }
}
