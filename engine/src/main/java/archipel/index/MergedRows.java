package archipel.index;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** All rows that stood at a block: those that stand still, and between them those that do not. */
final class MergedRows implements Source {
    private final Source live;
    private final Source past;
    private final boolean descending;
    private boolean liveThere;
    private boolean pastThere;
    private Source at;

    MergedRows(Source live, Source past, boolean descending) {
        this.live = live;
        this.past = past;
        this.descending = descending;
        this.at = live;
    }

    @Override
    public boolean seek(byte @Nullable [] place) {
        liveThere = live.seek(place);
        pastThere = past.seek(place);
        return choose();
    }

    @Override
    public boolean step() {
        if (at == live) {
            liveThere = live.step();
        } else {
            pastThere = past.step();
        }
        return choose();
    }

    private boolean choose() {
        if (liveThere && pastThere) {
            int order = Arrays.compareUnsigned(
                    live.key(), IndexSpace.PLACE, live.end(), past.key(), IndexSpace.PLACE, past.end());
            at = order < 0 == !descending ? live : past;
        } else {
            at = liveThere ? live : past;
        }
        return liveThere || pastThere;
    }

    @Override
    public byte[] key() {
        return at.key();
    }

    @Override
    public int end() {
        return at.end();
    }

    @Override
    public byte[] value() {
        return at.value();
    }

    @Override
    public void close() {
        live.close();
        past.close();
    }
}
