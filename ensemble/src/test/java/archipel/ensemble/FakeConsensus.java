package archipel.ensemble;

import archipel.consensus.Completion;
import archipel.consensus.Confirmation;
import archipel.consensus.Consensus;
import archipel.consensus.Membership;
import archipel.consensus.Proposal;
import archipel.consensus.Replica;
import archipel.consensus.Standing;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a member's group has of a {@link FakeRaft}, from a start of the member to its end. */
final class FakeConsensus implements Consensus {
    private final FakeRaft raft;
    private final FakeMember member;
    private final List<Question> questions = new ArrayList<>();
    private boolean gone;

    FakeConsensus(FakeRaft raft, FakeMember member) {
        this.raft = raft;
        this.member = member;
    }

    @Override
    public void propose(ByteBuffer entry, Proposal proposal) {
        if (gone) {
            proposal.failed();
        } else {
            member.propose(entry, proposal);
        }
    }

    @Override
    public void confirm(Confirmation confirmation) {
        Question question = new Question(confirmation);
        if (gone) {
            confirmation.failed("it takes no part any more");
            return;
        }
        questions.add(question);
        // Some are lost on their way, and given up by whoever has sent them long after.
        if (!raft.isCalm() && raft.random().nextInt(30) == 0) {
            raft.clock().after(raft.random().nextInt(6_000), () -> question.fail("no answer"));
        } else {
            raft.clock().within(20, question::ask);
        }
    }

    /** Whether this member has everything that was committed when it was asked. */
    private final class Question {
        private final Confirmation confirmation;

        Question(Confirmation confirmation) {
            this.confirmation = confirmation;
        }

        private void ask() {
            FakeMember leader = leader();
            if (leader == null) {
                fail("no leader");
                return;
            }
            int index = leader.commit();
            long term = leader.term();
            raft.clock().within(40, () -> confirm(leader, index, term));
        }

        private @Nullable FakeMember leader() {
            String name = member.leader();
            if (gone || !member.isRunning() || name == null) {
                return null;
            }
            FakeMember leader = raft.member(name);
            // What it has committed of former terms it knows once it has committed something of its own.
            return leader.isLeading() && leader.commit() >= leader.begins() && raft.connects(member, leader)
                    ? leader
                    : null;
        }

        private void confirm(FakeMember leader, int index, long term) {
            if (leader.isLeading() && leader.term() == term && raft.confirms(leader) && raft.connects(member, leader)) {
                if (!gone) {
                    member.await(index, () -> {
                        if (questions.remove(this)) {
                            confirmation.confirmed();
                        }
                    });
                }
            } else {
                fail("not confirmed");
            }
        }

        private void fail(String reason) {
            if (questions.remove(this)) {
                confirmation.failed(reason);
            }
        }
    }

    @Override
    public void announce() {
        // Members of the simulation hear of it soon, or late, in any case.
    }

    @Override
    public Standing standing() {
        Standing.Role role = !member.isRunning()
                ? Standing.Role.STOPPED
                : member.isHandingOver()
                        ? Standing.Role.HANDING_OVER
                        : member.isLeading() ? Standing.Role.LEADER : Standing.Role.FOLLOWER;
        Standing standing = new Standing(
                role,
                member.leader(),
                member.term(),
                member.commit(),
                member.applied(),
                member.last(),
                raft.membership());
        // What was seen may be over when it is looked at.
        raft.clock().interleave();
        return standing;
    }

    @Override
    public void compact() {
        throw new UnsupportedOperationException("logs are shortened by the simulation");
    }

    @Override
    public void transfer(String to, Completion done) {
        member.handOver(raft.member(to));
        done.done(null);
    }

    @Override
    public void transfer(Completion done) {
        List<FakeMember> others =
                raft.members().stream().filter(other -> other != member).toList();
        member.handOver(others.get(raft.random().nextInt(others.size())));
        done.done(null);
    }

    @Override
    public void change(Membership membership, Completion done) {
        throw new UnsupportedOperationException("members stay");
    }

    @Override
    public void force(Membership membership) {
        throw new UnsupportedOperationException("members stay");
    }

    @Override
    public void electAfter(Duration silence) {}

    @Override
    public void stand(boolean whether) {
        throw new UnsupportedOperationException("all members are sound");
    }

    @Override
    public Replica.@Nullable Entries entries(long after, long last) {
        throw new UnsupportedOperationException("all members are sound");
    }

    @Override
    public TakenImage take(String from) {
        throw new UnsupportedOperationException("all members are sound");
    }

    /** As a crash does: nobody is told anything. */
    void vanish() {
        gone = true;
        questions.clear();
        member.crash();
    }

    @Override
    public void close() {
        gone = true;
        List<Question> over = List.copyOf(questions);
        over.forEach(question -> question.fail("it takes no part any more"));
        member.stop();
    }
}
