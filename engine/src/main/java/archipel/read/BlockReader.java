package archipel.read;

import archipel.changes.Block;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The blocks up to a {@link Reader}'s, of any age, as long as that is open. For one thread at a time. */
public final class BlockReader {
    private final Reader reader;

    BlockReader(Reader reader) {
        this.reader = reader;
    }

    /** Null when there is none of that number. */
    public @Nullable Block find(long number) {
        return reader.chain().block(number);
    }

    /** Null when the hash is none of theirs. */
    public @Nullable Block find(byte[] hash) {
        return reader.chain().block(hash);
    }

    /** The last block that is not later; null when all are later. */
    public @Nullable Block at(long timeMs) {
        return reader.chain().at(timeMs);
    }

    /** Blocks after (when descending: up to and including) the one of that number, in order; -1 is before the first. */
    public BlockCursor after(long after, boolean descending) {
        return new BlockCursor() {
            private long number = descending ? Math.min(after, reader.block().number()) + 1 : after;
            private @Nullable Block at;

            @Override
            public boolean next() {
                number += descending ? -1 : 1;
                at = find(number);
                return at != null;
            }

            @Override
            public Block block() {
                return Objects.requireNonNull(at, "no block before the first call of next");
            }
        };
    }
}
