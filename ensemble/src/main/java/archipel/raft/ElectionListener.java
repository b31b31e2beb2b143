package archipel.raft;

import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.TimeoutNowRequest;
import com.google.protobuf.Message;

/** Hears what members ask of each other when they elect a leader. Called on threads of the library; must not wait. */
public abstract class ElectionListener {
    /** Hears nothing. */
    public static final ElectionListener NONE = new ElectionListener() {
        @Override
        protected void vote(Vote vote) {
            // Nobody wants to know.
        }
    };

    /** What was asked. */
    public enum Question {
        /** Whether the other would vote for the one that asks: nobody is disturbed by it. */
        PRE_VOTE,
        VOTE,
        /** To ask for votes at once, since the leader hands over. */
        TAKE_OVER
    }

    /** How it was answered. */
    public enum Reply {
        ASKED,
        GRANTED,
        REFUSED
    }

    /**
     * A question between this member and another one, or the answer to it.
     *
     * @param own whether this member has asked
     * @param group as the library calls it
     * @param term in which the one that asks wants to lead; of an answer that of who gives it
     */
    public record Vote(Question question, Reply reply, boolean own, String member, String group, long term) {}

    protected abstract void vote(Vote vote);

    final void sent(String member, Object request) {
        question(member, request, true);
    }

    final void asked(String member, Message request) {
        question(member, request, false);
    }

    final void answered(String member, Object request, Object answer) {
        answer(member, request, answer, true);
    }

    final void replied(String member, Message request, Object answer) {
        answer(member, request, answer, false);
    }

    private void question(String member, Object request, boolean own) {
        if (request instanceof RequestVoteRequest asks) {
            vote(new Vote(question(asks), Reply.ASKED, own, member, asks.getGroupId(), asks.getTerm()));
        } else if (request instanceof TimeoutNowRequest asks) {
            vote(new Vote(Question.TAKE_OVER, Reply.ASKED, own, member, asks.getGroupId(), asks.getTerm()));
        }
    }

    private void answer(String member, Object request, Object answer, boolean own) {
        if (request instanceof RequestVoteRequest asked && answer instanceof RequestVoteResponse answered) {
            Reply reply = answered.getGranted() ? Reply.GRANTED : Reply.REFUSED;
            vote(new Vote(question(asked), reply, own, member, asked.getGroupId(), answered.getTerm()));
        }
    }

    private static Question question(RequestVoteRequest request) {
        return request.getPreVote() ? Question.PRE_VOTE : Question.VOTE;
    }
}
