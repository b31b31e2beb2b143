package archipel.raft;

import archipel.consensus.Membership;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.entity.PeerId;
import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Members as the library names them: by host and port. A member's name stands in the host's place, whatever address it
 * has at the moment, so that it can move without a change of the group.
 */
final class Members {
    private static final int PORT = 1;

    private Members() {}

    static PeerId peer(String name) {
        return new PeerId(name, PORT);
    }

    static String name(PeerId peer) {
        return peer.getIp();
    }

    static Configuration configuration(Membership membership) {
        return new Configuration(
                membership.voters().stream().map(Members::peer).toList(),
                membership.observers().stream().map(Members::peer).toList());
    }

    static Membership membership(Collection<PeerId> voters, Collection<PeerId> observers) {
        return new Membership(names(voters), names(observers));
    }

    private static SortedSet<String> names(Collection<PeerId> peers) {
        SortedSet<String> names = new TreeSet<>();
        peers.forEach(peer -> names.add(name(peer)));
        return names;
    }
}
