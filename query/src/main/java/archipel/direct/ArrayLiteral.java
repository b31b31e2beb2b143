package archipel.direct;

import java.util.List;

/** An array that the function made. */
record ArrayLiteral(List<Object> elements) {
    // As in JavaScript, an array equals itself alone.
    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
