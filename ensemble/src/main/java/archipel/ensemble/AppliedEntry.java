package archipel.ensemble;

import archipel.command.Command;
import archipel.command.Outcome;
import archipel.consensus.Proposal;
import archipel.log.LogEntry;
import archipel.log.LogPosition;
import org.jspecify.annotations.Nullable;

/** A committed command on its way to this node's readers, and who is told of it: on this node, on another, or nobody. */
final class AppliedEntry<A extends @Nullable Object> extends LogEntry<A> {
    private final ReplicatedGroup group;
    private final @Nullable PendingWrite<A> own;
    private final @Nullable ForwardedWrite forwarded;

    AppliedEntry(
            ReplicatedGroup group,
            Command<A> command,
            @Nullable PendingWrite<A> own,
            @Nullable ForwardedWrite forwarded) {
        super(command);
        this.group = group;
        this.own = own;
        this.forwarded = forwarded;
    }

    @Override
    protected void done(LogPosition at, Outcome<A> came) {
        if (own != null && group.outbox().settle(own)) {
            own.applied(at.index(), came);
        }
        if (forwarded != null) {
            forwarded.applied(at.index(), group.codec().encode(came));
        }
    }

    @Override
    protected void failed(RuntimeException e) {
        // The group stops on this node; who waits here learns in time that nothing is known.
        if (forwarded != null) {
            forwarded.failed(Proposal.Reason.UNKNOWN);
        }
    }
}
