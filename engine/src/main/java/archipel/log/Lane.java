package archipel.log;

/** A group as a log sees it: its state machine, and the positions that its commands get. For the writer's thread. */
final class Lane {
    private final StateMachine machine;
    private final long term;
    private long index;

    /** @param term of all commands that this one gives positions to */
    Lane(StateMachine machine, long term) {
        this.machine = machine;
        this.term = term;
        this.index = machine.stored().index();
    }

    StateMachine machine() {
        return machine;
    }

    long term() {
        return term;
    }

    /** Never given twice, also where what had the earlier one came to nothing. */
    LogPosition next() {
        return new LogPosition(++index, term);
    }

    /** The state machine has got another state, and begins after what that has. */
    void renew() {
        index = Math.max(index, machine.stored().index());
    }
}
