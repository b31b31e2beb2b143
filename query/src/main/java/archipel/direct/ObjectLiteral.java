package archipel.direct;

import java.util.Map;

/**
 * An object that the function made.
 *
 * @param members in the order in which they were set
 */
record ObjectLiteral(Map<String, Object> members) {
    // As in JavaScript, an object equals itself alone.
    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
