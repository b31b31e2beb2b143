package archipel.witness;

import archipel.testimony.Seen;
import java.io.IOException;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Asks again what somebody asked of one block before, at any time since the run began. */
final class Repeater extends Client {
    Repeater(Site site, String name, SplittableRandom random) {
        super(site, name, random);
    }

    @Override
    void step() throws IOException, InterruptedException {
        Shelf.@Nullable Kept kept = site.shelf().any(random);
        if (kept == null) {
            site.pause(site.now());
            return;
        }
        Question question = kept.question();
        if (kept.etag() != null && random.nextInt(4) == 0) {
            question = question.with("If-None-Match", kept.etag());
        }
        boolean refused = ask(question).event().seen() instanceof Seen.Refusal;
        // Now and then once more: what is gone has to stay so.
        if (refused && random.nextInt(4) > 0) {
            site.shelf().forget(kept);
        }
    }
}
