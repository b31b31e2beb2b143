package archipel.testimony;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** Which state of the database a request asked for; in a record a text: {@code latest}, {@code >=12}, {@code =0xab}. */
public sealed interface Ask {
    /** What {@link #parse} reads. */
    @JsonValue
    String text();

    /** The newest, as far as the node knows. */
    record Latest() implements Ask {
        @Override
        public String text() {
            return "latest";
        }
    }

    /** That block or any later one. */
    record AtLeast(long number) implements Ask {
        @Override
        public String text() {
            return ">=" + number;
        }
    }

    /**
     * Exactly one block.
     *
     * @param block a number, or a hash with {@code 0x} in front
     */
    record Pinned(String block) implements Ask {
        @Override
        public String text() {
            return "=" + block;
        }

        /** Whether it is that one. */
        public boolean is(Block other) {
            return isHash() ? block.equals(other.hash()) : number() == other.number();
        }

        public boolean isHash() {
            return block.startsWith("0x");
        }

        /** Only where it is no hash. */
        public long number() {
            return Long.parseLong(block);
        }
    }

    /** The one that most requests share. */
    Ask LATEST = new Latest();

    @JsonCreator
    static Ask parse(String text) {
        if (text.startsWith(">=")) {
            return new AtLeast(Long.parseLong(text.substring(2)));
        }
        return text.startsWith("=") ? new Pinned(text.substring(1)) : LATEST;
    }
}
