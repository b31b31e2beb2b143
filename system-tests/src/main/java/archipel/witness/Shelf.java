package archipel.witness;

import archipel.testimony.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Pinned requests that were answered, to be asked again much later, and blocks to pin. For any number of threads. */
final class Shelf {
    /** A request and the ETag that its answer had; null for none. */
    record Kept(Question question, @Nullable String etag) {}

    private static final int MOST = 4096;

    private final List<Kept> kept = new ArrayList<>();
    private final List<Block> blocks = new ArrayList<>();
    private long offered;

    /** Keeps an even sample of all that is offered. */
    synchronized void keep(Question question, @Nullable String etag, SplittableRandom random) {
        offered++;
        Kept one = new Kept(question, etag);
        if (kept.size() < MOST) {
            kept.add(one);
        } else if (random.nextLong(offered) < MOST) {
            kept.set(random.nextInt(MOST), one);
        }
    }

    synchronized @Nullable Kept any(SplittableRandom random) {
        return kept.isEmpty() ? null : kept.get(random.nextInt(kept.size()));
    }

    /** It is not asked again. */
    synchronized void forget(Kept one) {
        int at = kept.indexOf(one);
        if (at >= 0) {
            kept.set(at, kept.getLast());
            kept.removeLast();
        }
    }

    /** @param block that an answer named */
    synchronized void saw(Block block) {
        if (blocks.size() == MOST) {
            blocks.subList(0, MOST / 2).clear();
        }
        if (blocks.isEmpty() || !blocks.getLast().equals(block)) {
            blocks.add(block);
        }
    }

    /** One of the newest blocks, or of older ones; null while there is none. */
    synchronized @Nullable Block block(SplittableRandom random) {
        if (blocks.isEmpty()) {
            return null;
        }
        int back = random.nextInt(random.nextBoolean() ? 4 : blocks.size());
        return blocks.get(Math.max(0, blocks.size() - 1 - back));
    }
}
