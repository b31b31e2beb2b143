package archipel.log;

import archipel.storage.Batch;

/**
 * A part of a group's state that is on the heap as a whole, beside its rows: changed by commands, stored once a round,
 * told to readers once the round is stored. For the thread that applies.
 */
public interface GroupTable {
    /** Begins a command, which {@link #undo} takes back alone. */
    void begin();

    /** The command changed nothing. */
    void undo();

    /** Adds to the round's batch what the round changed here. */
    void write(Batch batch);

    /** The round is stored. */
    StateMachine.Publication commit();

    /** The round came to nothing. */
    void rollback();

    /** Tells readers all that there is, in the place of what they were told of the group before. */
    StateMachine.Publication replace();
}
