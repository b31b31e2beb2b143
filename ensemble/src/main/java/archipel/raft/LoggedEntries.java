package archipel.raft;

import archipel.consensus.Proposal;
import archipel.consensus.Replica;
import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Commands that stand in a group's log, for a replica that is to apply them once more. */
final class LoggedEntries implements Replica.Entries {
    private final EntryLog log;
    private final long last;
    private long index;
    private @Nullable LogEntry current;

    /** Of the entries after one up to another, which the log has. */
    LoggedEntries(EntryLog log, long after, long last) {
        this.log = log;
        this.index = after;
        this.last = last;
    }

    @Override
    public boolean next() {
        while (index < last) {
            index++;
            LogEntry entry = log.getEntry(index);
            if (entry == null) {
                throw new IllegalStateException("entry " + index + " is gone while it is needed");
            }
            if (entry.getType() == EntryType.ENTRY_TYPE_DATA) {
                current = entry;
                return true;
            }
        }
        return false;
    }

    private LogEntry entry() {
        LogEntry entry = current;
        if (entry == null) {
            throw new IllegalStateException("no entry is current");
        }
        return entry;
    }

    @Override
    public long index() {
        return entry().getId().getIndex();
    }

    @Override
    public long term() {
        return entry().getId().getTerm();
    }

    @Override
    public ByteBuffer data() {
        return entry().getData().duplicate();
    }

    @Override
    public @Nullable Proposal proposal() {
        return null;
    }
}
