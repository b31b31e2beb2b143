package archipel.log;

/** A group as a log sees it: its state machine, and the indexes that its commands get. For the writer's thread. */
final class Lane {
    private final StateMachine machine;
    private long index;

    Lane(StateMachine machine) {
        this.machine = machine;
        this.index = machine.stored();
    }

    StateMachine machine() {
        return machine;
    }

    /** Never given twice, also where what had the earlier one came to nothing. */
    long nextIndex() {
        return ++index;
    }
}
