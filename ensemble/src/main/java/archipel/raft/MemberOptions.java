package archipel.raft;

import com.alipay.sofa.jraft.option.NodeOptions;

/** The library's options of one group, by which what it makes for the group finds the node that it is for. */
final class MemberOptions extends NodeOptions {
    private final RaftHost host;
    private final CommitNotices notices;

    MemberOptions(RaftHost host, CommitNotices notices) {
        this.host = host;
        this.notices = notices;
    }

    RaftHost host() {
        return host;
    }

    CommitNotices notices() {
        return notices;
    }
}
