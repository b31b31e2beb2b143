package archipel.direct;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One call of a function: its variables, what it emitted, and how much it has done. */
final class Frame {
    /** So much is done in some milliseconds. Who does more is left to the engine, where calls are timed. */
    private static final int MOST_STEPS = 100_000;

    private static final int CHARACTERS_PER_STEP = 32;
    private static final int MOST_CHARACTERS = 1 << 20;

    private final Object[] variables;
    private final List<Object> emitted = new ArrayList<>();
    private int steps;

    Frame(int variables) {
        this.variables = new Object[variables];
        Arrays.fill(this.variables, Nothing.UNDEFINED);
    }

    Object get(int variable) {
        return variables[variable];
    }

    void set(int variable, Object value) {
        variables[variable] = value;
    }

    void emit(Object key, Object value) {
        step(1);
        emitted.add(key);
        emitted.add(value);
    }

    /** A key, its value, the next key and so on. */
    List<Object> emitted() {
        return emitted;
    }

    /** @throws NotDirectException where that is too much */
    void step(int more) {
        steps += more;
        if (steps > MOST_STEPS) {
            throw new NotDirectException("it takes long");
        }
    }

    /** As {@link #step}, for what walks through text, or makes it. */
    void text(long characters) {
        if (characters > MOST_CHARACTERS) {
            throw new NotDirectException("it makes long texts");
        }
        step(1 + (int) characters / CHARACTERS_PER_STEP);
    }
}
