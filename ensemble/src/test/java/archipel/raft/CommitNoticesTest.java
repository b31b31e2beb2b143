package archipel.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.RaftOutter.EntryMeta;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CommitNoticesTest {
    private final AtomicLong committed = new AtomicLong();
    private final List<String> beats = new ArrayList<>();
    private final List<Runnable> ends = new ArrayList<>();
    private final CommitNotices notices = new CommitNotices(committed::get, Runnable::run);

    @BeforeEach
    void use() {
        notices.use((member, ended) -> {
            beats.add(member);
            ends.add(ended);
        });
    }

    @Test
    void tell_memberThatHasStoredLast_isToldAtOnce() {
        AppendEntriesRequest entry = entries(2, 0, 1, 0);
        notices.sent("b", entry);
        notices.sent("c", entry);
        notices.stored("b", entry);
        assertEquals(List.of(), beats, "not committed yet");

        committed.set(1);
        notices.tell();
        assertEquals(List.of("b"), beats);

        notices.stored("c", entry);
        assertEquals(List.of("b", "c"), beats);
    }

    @Test
    void tell_memberThatWasSentMore_isNotToldAgain() {
        AppendEntriesRequest first = entries(2, 0, 1, 0);
        notices.sent("b", first);
        committed.set(1);
        notices.sent("b", entries(2, 1, 1, 1));
        notices.stored("b", first);
        assertEquals(List.of(), beats);
    }

    @Test
    void tell_whileOneIsUnderWay_sendsOneMoreAfterIt() {
        AppendEntriesRequest first = entries(2, 0, 1, 0);
        notices.sent("b", first);
        committed.set(1);
        notices.stored("b", first);
        notices.sent("b", entries(2, 1, 0, 1));
        AppendEntriesRequest second = entries(2, 1, 2, 1);
        notices.sent("b", second);
        committed.set(3);
        notices.stored("b", second);
        notices.tell();
        assertEquals(List.of("b"), beats);

        ends.getFirst().run();
        assertEquals(List.of("b", "b"), beats);
    }

    @Test
    void tell_heartbeatThatFails_isNotRepeated() {
        AppendEntriesRequest first = entries(2, 0, 1, 0);
        notices.sent("b", first);
        committed.set(1);
        notices.stored("b", first);
        ends.getFirst().run();
        assertEquals(List.of("b"), beats);
    }

    @Test
    void stored_answerOfAFormerTerm_saysNothing() {
        AppendEntriesRequest former = entries(2, 0, 5, 0);
        notices.sent("b", former);
        notices.sent("b", entries(3, 0, 0, 0));
        committed.set(5);
        notices.stored("b", former);
        assertEquals(List.of(), beats);
    }

    private static AppendEntriesRequest entries(long term, long after, int count, long committed) {
        AppendEntriesRequest.Builder request = AppendEntriesRequest.newBuilder()
                .setGroupId("g")
                .setServerId("a:1")
                .setPeerId("b:1")
                .setTerm(term)
                .setPrevLogIndex(after)
                .setPrevLogTerm(term)
                .setCommittedIndex(committed);
        for (int i = 0; i < count; i++) {
            request.addEntries(EntryMeta.newBuilder()
                    .setTerm(term)
                    .setType(EntryType.ENTRY_TYPE_DATA)
                    .setDataLen(0));
        }
        return request.build();
    }
}
