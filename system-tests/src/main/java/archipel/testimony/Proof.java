package archipel.testimony;

import java.util.Map;

/** One promise, held against a record that is read twice: once to know, once to judge. */
interface Proof {
    /** Sees each event on the first reading. */
    default void gather(Event event, long line) {}

    /** Comes between the two readings. */
    default void gathered() {}

    /** Sees each event on the second reading. */
    default void examine(Event event, long line) {}

    /** Comes at the end. */
    default void conclude() {}

    /** How much it had to go on, in the order in which to tell it. */
    Map<String, Long> figures();
}
