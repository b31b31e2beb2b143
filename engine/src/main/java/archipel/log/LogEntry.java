package archipel.log;

import archipel.command.Command;
import archipel.command.Outcome;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.storage.StorageException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A command on its way through a log, and what became of it on this node. Logs say by {@link #done} and {@link #failed}
 * who is told. For one thread at a time, but for {@link #end} and {@link #fail}, of which the first counts.
 *
 * @param <A> what the command answers
 */
public abstract class LogEntry<A extends @Nullable Object> {
    private static final System.Logger LOG = System.getLogger(LogEntry.class.getName());

    private final Command<A> command;
    private final AtomicBoolean ended = new AtomicBoolean();
    private LogPosition position = LogPosition.START;
    private @Nullable Outcome<A> outcome;
    // Instead of an outcome.
    private @Nullable RuntimeException fault;
    private boolean refusalKept;

    protected LogEntry(Command<A> command) {
        this.command = command;
    }

    public final Command<A> command() {
        return command;
    }

    /**
     * Applies the command. False when it left nothing, since it was refused or this node could not apply it. Can be
     * done again where the batch came to nothing.
     *
     * @param last whether no other command of the group follows in the batch
     */
    final boolean apply(StateMachine.Round round, LogPosition at, boolean last, FaultPolicy faults) {
        position = at;
        outcome = null;
        fault = null;
        refusalKept = false;
        try {
            Outcome<A> applied = round.apply(at, command, last);
            outcome = applied;
            return applied instanceof Outcome.Done<A>;
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            if (faults == FaultPolicy.HALT) {
                throw e;
            }
            fault = skipped(e);
            return false;
        }
    }

    private static RuntimeException skipped(Throwable e) {
        if (e instanceof StorageException
                || e instanceof RequestException ending && ending.code() == ErrorCode.STOPPING) {
            // What is stored cannot be read, or not any more.
            return (RequestException) e;
        }
        LOG.log(System.Logger.Level.ERROR, "a write could not be applied", e);
        return new RequestException(ErrorCode.WRITE_FAULT);
    }

    /** Whether this node could not apply it, which is no refusal. */
    final boolean isFaulty() {
        return fault != null;
    }

    /** Whether applying it left nothing. */
    final boolean leftNothing() {
        return fault != null || outcome instanceof Outcome.Refused<?>;
    }

    /** What it was refused with rests on nothing that its batch has changed: it holds whatever becomes of the batch. */
    final void keepRefusal() {
        refusalKept = true;
    }

    /** Ends the entry with what applying it came to, unless it has ended. */
    final void end() {
        if (ended.compareAndSet(false, true)) {
            tellOutcome();
        }
    }

    private void tellOutcome() {
        RuntimeException e = fault;
        Outcome<A> applied = outcome;
        if (e != null) {
            failed(e);
        } else if (applied == null) {
            throw new IllegalStateException("an entry that was not applied has ended");
        } else {
            done(position, applied);
        }
    }

    /**
     * Ends the entry, of which nothing is known to be stored, unless it has ended. A refusal that rests on what
     * commands before it in the batch did is none any more.
     */
    public final void fail(RuntimeException e) {
        if (ended.compareAndSet(false, true)) {
            if (refusalKept) {
                tellOutcome();
            } else {
                failed(e);
            }
        }
    }

    /**
     * The command was applied or refused, and readers of this node see it. Called once, if {@link #failed} is not; must
     * not throw.
     */
    protected abstract void done(LogPosition at, Outcome<A> came);

    /**
     * The command came to no outcome here, also where it was refused by what was in the batch before it, and that came
     * to nothing. Called once, if {@link #done} is not; must not throw.
     */
    protected abstract void failed(RuntimeException e);
}
