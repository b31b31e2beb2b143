package archipel.raft;

import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.rpc.RpcRequests.ReadIndexRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.ReadIndexResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteResponse;
import com.alipay.sofa.jraft.rpc.RpcResponseClosure;
import com.alipay.sofa.jraft.rpc.RpcResponseClosureAdapter;
import com.google.protobuf.Message;
import java.util.function.BooleanSupplier;

/**
 * The library's member of a group. A leader that is the only voter confirms reads at once by the library, with what it
 * knew to be committed before it led: after a majority was given up that is less than what is in its log. This one
 * confirms none, its own or those that others ask for, before it has applied all of former terms.
 */
final class GroupNode extends NodeImpl {
    private final BooleanSupplier ready;

    /** @param ready whether this member, where it leads, has applied all of former terms */
    GroupNode(String group, PeerId member, BooleanSupplier ready) {
        super(group, member);
        this.ready = ready;
    }

    @Override
    public void handleReadIndexRequest(ReadIndexRequest request, RpcResponseClosure<ReadIndexResponse> done) {
        super.handleReadIndexRequest(request, new Answer(done));
    }

    /**
     * A leader consents to nobody's election. The library refuses for as long as others have answered it lately, which
     * they have not right after it was elected: whoever has not heard of that yet would take over, and again and again
     * where the members are slow. A leader that finds no majority is none any more within an election timeout.
     */
    @Override
    public Message handlePreVoteRequest(RequestVoteRequest request) {
        Message answer = super.handlePreVoteRequest(request);
        return answer instanceof RequestVoteResponse vote && vote.getGranted() && isLeader(false)
                ? vote.toBuilder().setGranted(false).build()
                : answer;
    }

    /** Where there is no other voter, the library answers with its lock held: what it is then, it was when asked. */
    private final class Answer extends RpcResponseClosureAdapter<ReadIndexResponse> {
        private final RpcResponseClosure<ReadIndexResponse> done;

        Answer(RpcResponseClosure<ReadIndexResponse> done) {
            this.done = done;
        }

        @Override
        public void run(Status status) {
            if (status.isOk() && isLeader(false) && !ready.getAsBoolean()) {
                done.run(new Status(RaftError.EAGAIN, "The leader has not applied all of former terms."));
                return;
            }
            ReadIndexResponse answer = getResponse();
            if (answer != null) {
                done.setResponse(answer);
            }
            done.run(status);
        }
    }
}
