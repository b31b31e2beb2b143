package archipel.raft;

import com.alipay.sofa.jraft.option.NodeOptions;

/** The library's options of one group, by which what it makes for the group finds the node that it is for. */
final class MemberOptions extends NodeOptions {
    private final RaftHost host;

    MemberOptions(RaftHost host) {
        this.host = host;
    }

    RaftHost host() {
        return host;
    }
}
