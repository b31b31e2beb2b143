package archipel.raft;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.option.RaftMetaStorageOptions;
import com.alipay.sofa.jraft.storage.RaftMetaStorage;
import java.util.function.Consumer;

/**
 * The newest term that a member knows in a group, and for whom it has voted in it: durable before anybody hears of it,
 * since who forgets a vote may give a second one.
 *
 * <p>The library goes on in a term that it could not have stored, and stores a vote of that term later. So what it
 * wants to be stored is remembered here before it is written: whatever is written next is never of an earlier term. The
 * group has to stop where a write fails.
 */
final class VoteRecord implements RaftMetaStorage {
    private static final System.Logger LOG = System.getLogger(VoteRecord.class.getName());

    private final EntryStore store;
    private final int group;
    private final Consumer<RuntimeException> failed;
    // Read while a write waits for the disk.
    private volatile long term;
    private PeerId voted = PeerId.emptyPeer();
    private boolean known;
    private boolean stored = true;

    /** @param failed told of a write that failed, with the library's locks held */
    VoteRecord(EntryStore store, int group, Consumer<RuntimeException> failed) {
        this.store = store;
        this.group = group;
        this.failed = failed;
    }

    /** Reads what is stored; of a group that begins again it is what it had, which is stored if it was not. */
    @Override
    public synchronized boolean init(RaftMetaStorageOptions options) {
        if (known) {
            return stored || write();
        }
        byte[] value = store.fact(group, EntryStore.Fact.VOTE);
        if (value != null) {
            RowReader row = new RowReader(value);
            term = row.u64();
            String name = row.text();
            voted = name.isEmpty() ? PeerId.emptyPeer() : Members.peer(name);
        }
        known = true;
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
    public long getTerm() {
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
        term = newer;
        voted = peer.copy();
        stored = false;
        return write();
    }

    private boolean write() {
        String name = voted.isEmpty() ? "" : Members.name(voted);
        try {
            store.put(group, EntryStore.Fact.VOTE, row(term, name));
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "a vote in group " + group + " is not on the disk", e);
            failed.accept(e);
            return false;
        }
        stored = true;
        return true;
    }

    /** As it is stored. @param voted empty for nobody */
    static byte[] row(long term, String voted) {
        return new RowWriter(32).u64(term).text(voted).toBytes();
    }
}
