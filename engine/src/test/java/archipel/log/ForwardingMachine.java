package archipel.log;

import archipel.command.Command;
import archipel.command.Outcome;
import archipel.storage.Batch;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Stands before a state machine, for tests that change or look at what it is given. */
public class ForwardingMachine implements StateMachine {
    private final StateMachine machine;

    public ForwardingMachine(StateMachine machine) {
        this.machine = machine;
    }

    @Override
    public LogPosition stored() {
        return machine.stored();
    }

    @Override
    public LogPosition persisted() {
        return machine.persisted();
    }

    @Override
    public Round begin(Batch batch) {
        return machine.begin(batch);
    }

    @Override
    public Codec codec() {
        return machine.codec();
    }

    @Override
    public void persist() {
        machine.persist();
    }

    @Override
    public Saved save() {
        return machine.save();
    }

    @Override
    public @Nullable Publication load(Path directory) {
        return machine.load(directory);
    }

    @Override
    public Publication replace(Path directory) {
        return machine.replace(directory);
    }

    @Override
    public @Nullable Chains chains() {
        return machine.chains();
    }

    /** As the machine, but for its rounds. */
    public static class ForwardingRound implements Round {
        private final Round round;

        public ForwardingRound(Round round) {
            this.round = round;
        }

        @Override
        public <A extends @Nullable Object> Outcome<A> apply(LogPosition position, Command<A> command, boolean last) {
            return round.apply(position, command, last);
        }

        @Override
        public void write() {
            round.write();
        }

        @Override
        public Publication commit() {
            return round.commit();
        }

        @Override
        public void rollback() {
            round.rollback();
        }
    }
}
