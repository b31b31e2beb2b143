package archipel.client;

import archipel.calls.Call;
import org.jspecify.annotations.Nullable;

/** Which state a read wants. */
sealed interface Pin permits Pin.Newest, Pin.AtLeast, Pin.Exactly {
    String HEADER = "Archipel-Min-Block";

    /** Says it in a request. @param seen the newest block of the database that the client has seen */
    Call in(Call call, @Nullable Block seen);

    /** The newest there is. */
    record Newest(Consistency consistency) implements Pin {
        @Override
        public Call in(Call call, @Nullable Block seen) {
            Call fresh =
                    consistency == Consistency.LINEARIZABLE ? call : call.with("consistency", consistency.parameter());
            return seen == null ? fresh : fresh.header(HEADER, seen.toString());
        }
    }

    /** That block or a later one, and none before what was seen. */
    record AtLeast(Block block, Consistency consistency) implements Pin {
        @Override
        public Call in(Call call, @Nullable Block seen) {
            Block later = seen == null || seen.number() < block.number() ? block : seen;
            return new Newest(consistency).in(call, later);
        }
    }

    /** That block, whatever has come since. */
    record Exactly(Block block) implements Pin {
        @Override
        public Call in(Call call, @Nullable Block seen) {
            return call.with("block", block.toString());
        }
    }
}
