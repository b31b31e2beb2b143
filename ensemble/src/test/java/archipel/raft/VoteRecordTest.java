package archipel.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.storage.FailingStore;
import archipel.storage.StorageException.Kind;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.option.RaftMetaStorageOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VoteRecordTest {
    @TempDir
    private Path directory;

    @Test
    void setVotedFor_afterATermThatWasNotStored_isOfThatTerm() {
        try (FailingStore main = FailingStore.open(directory.resolve("main"), 1 << 20, 1 << 20);
                EntryStore entries = new EntryStore(main.openLog(directory.resolve("log"), 1 << 20), true)) {
            List<RuntimeException> failures = new ArrayList<>();
            VoteRecord votes = new VoteRecord(entries, 0, failures::add);
            assertTrue(votes.init(new RaftMetaStorageOptions()));
            assertTrue(votes.setTermAndVotedFor(5, Members.peer("a")));
            main.log().failCommit(Kind.FULL);
            assertFalse(votes.setTermAndVotedFor(6, PeerId.emptyPeer()));
            assertEquals(1, failures.size());
            main.log().failCommit(null);
            assertTrue(votes.setVotedFor(Members.peer("b")));
            VoteRecord after = new VoteRecord(entries, 0, failures::add);
            assertTrue(after.init(new RaftMetaStorageOptions()));
            assertEquals(6, after.getTerm());
            assertEquals(Members.peer("b"), after.getVotedFor());
        }
    }

    @Test
    void init_ofAGroupThatBeginsAgain_storesWhatWasNotStored() {
        try (FailingStore main = FailingStore.open(directory.resolve("main"), 1 << 20, 1 << 20);
                EntryStore entries = new EntryStore(main.openLog(directory.resolve("log"), 1 << 20), true)) {
            VoteRecord votes = new VoteRecord(entries, 0, failure -> {});
            assertTrue(votes.init(new RaftMetaStorageOptions()));
            main.log().failSync(Kind.IO);
            assertFalse(votes.setTermAndVotedFor(7, Members.peer("a")));
            assertFalse(votes.init(new RaftMetaStorageOptions()));
            main.log().failSync(null);
            entries.mend();
            assertTrue(votes.init(new RaftMetaStorageOptions()));
            VoteRecord after = new VoteRecord(entries, 0, failure -> {});
            assertTrue(after.init(new RaftMetaStorageOptions()));
            assertEquals(7, after.getTerm());
            assertEquals(Members.peer("a"), after.getVotedFor());
        }
    }
}
