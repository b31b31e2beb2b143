package archipel.ensemble;

import archipel.command.Command;
import archipel.command.Outcome;
import archipel.log.LogEntry;
import archipel.log.LogPosition;
import org.jspecify.annotations.Nullable;

/** A committed command on its way to readers, and who is told of it: on this node, on another, or nobody. */
final class AppliedEntry<A extends @Nullable Object> extends LogEntry<A> {
    private final ReplicatedGroup group;
    private final @Nullable PendingWrite<A> own;
    private final long attempt;
    private final @Nullable ForwardedWrite forwarded;

    /** @param attempt of this node in which it was proposed; 0 where it is not known, or of another */
    AppliedEntry(
            ReplicatedGroup group,
            Command<A> command,
            @Nullable PendingWrite<A> own,
            long attempt,
            @Nullable ForwardedWrite forwarded) {
        super(command);
        this.group = group;
        this.own = own;
        this.attempt = attempt;
        this.forwarded = forwarded;
    }

    @Override
    protected void done(LogPosition at, Outcome<A> came) {
        if (PendingWrite.isOutOfOrder(came)) {
            outOfOrder();
            return;
        }
        if (own != null && group.outbox().settleApplied(own)) {
            own.applied(at.index(), came);
        }
        if (forwarded != null) {
            forwarded.applied(at.index(), group.codec().encode(came));
        }
    }

    // The one before it was refused, or lost, so that it comes again, with that.
    private void outOfOrder() {
        if (attempt != 0) {
            group.lost(attempt);
        }
        if (forwarded != null) {
            forwarded.failed();
        }
    }

    @Override
    protected void failed(RuntimeException e) {
        // The group stops on this node; who waits here learns in time that nothing is known.
        if (forwarded != null) {
            forwarded.failed();
        }
    }
}
