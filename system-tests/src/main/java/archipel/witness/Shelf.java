package archipel.witness;

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
    private final List<String> hashes = new ArrayList<>();
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

    /** @param hash of a block that an answer named */
    synchronized void saw(String hash) {
        if (hashes.size() == MOST) {
            hashes.subList(0, MOST / 2).clear();
        }
        if (hashes.isEmpty() || !hashes.getLast().equals(hash)) {
            hashes.add(hash);
        }
    }

    /** One of the newest blocks, or of older ones; null while there is none. */
    synchronized @Nullable String block(SplittableRandom random) {
        if (hashes.isEmpty()) {
            return null;
        }
        int back = random.nextInt(random.nextBoolean() ? 4 : hashes.size());
        return hashes.get(Math.max(0, hashes.size() - 1 - back));
    }
}
