package archipel.raft;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.option.RaftMetaStorageOptions;
import com.alipay.sofa.jraft.storage.RaftMetaStorage;

/**
 * The newest term that a member knows in a group, and for whom it has voted in it: durable before anybody hears of it,
 * since who forgets a vote may give a second one.
 */
final class VoteRecord implements RaftMetaStorage {
    private static final System.Logger LOG = System.getLogger(VoteRecord.class.getName());

    private final EntryStore store;
    private final int group;
    private long term;
    private PeerId voted = PeerId.emptyPeer();

    VoteRecord(EntryStore store, int group) {
        this.store = store;
        this.group = group;
    }

    @Override
    public synchronized boolean init(RaftMetaStorageOptions options) {
        byte[] value = store.fact(group, EntryStore.Fact.VOTE);
        if (value != null) {
            RowReader row = new RowReader(value);
            term = row.u64();
            String name = row.text();
            voted = name.isEmpty() ? PeerId.emptyPeer() : Members.peer(name);
        }
        return true;
    }

    @Override
    public void shutdown() {
        // The store outlives its groups.
    }

    @Override
    public synchronized boolean setTerm(long newer) {
        return setTermAndVotedFor(newer, voted);
    }

    @Override
    public synchronized long getTerm() {
        return term;
    }

    @Override
    public synchronized boolean setVotedFor(PeerId peer) {
        return setTermAndVotedFor(term, peer);
    }

    @Override
    public synchronized PeerId getVotedFor() {
        return voted;
    }

    @Override
    public synchronized boolean setTermAndVotedFor(long newer, PeerId peer) {
        String name = peer.isEmpty() ? "" : Members.name(peer);
        try {
            store.put(group, EntryStore.Fact.VOTE, row(newer, name));
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "a vote in group " + group + " is not on the disk", e);
            return false;
        }
        term = newer;
        voted = peer.copy();
        return true;
    }

    /** As it is stored. @param voted empty for nobody */
    static byte[] row(long term, String voted) {
        return new RowWriter(32).u64(term).text(voted).toBytes();
    }
}
