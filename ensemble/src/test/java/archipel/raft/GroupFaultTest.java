package archipel.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Threads;
import archipel.consensus.Membership;
import archipel.raft.FailingMembers.Member;
import archipel.storage.FailingStore;
import archipel.storage.StorageException.Kind;
import archipel.transport.CallFailure;
import archipel.transport.Exchange;
import archipel.transport.Reply;
import archipel.transport.Service;
import archipel.transport.Transport;
import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Members of a group, by the library itself, whose disks or state machines fail. Each test ends them in order. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GroupFaultTest {
    private static final Duration MOST = FailingMembers.MOST;
    private static final Duration A_WHILE = Duration.ofSeconds(2);

    @TempDir
    private Path directory;

    private FailingMembers trio() {
        return new FailingMembers(directory, "a", "b", "c").startAll();
    }

    private static void await(java.util.concurrent.Callable<Boolean> condition) {
        Awaitility.await().atMost(MOST).until(condition);
    }

    private static List<Member> without(FailingMembers members, Member one) {
        return members.running().stream().filter(member -> member != one).toList();
    }

    @Test
    void apply_failsOnTheLeader_anotherLeadsAndNoReadIsConfirmedHere() throws Exception {
        try (FailingMembers members = trio()) {
            members.write(5);
            Member failing = members.leader();
            failing.replica().applyFault = new IllegalStateException("a fault that was asked for");
            members.write();
            assertTrue(failing.isStopped());
            assertFalse(failing.confirms());
            assertFalse(failing.replica().again);
            assertTrue(failing.replica().stopped.contains("a fault that was asked for"));
            members.write(5);
            members.awaitEqual(without(members, failing));
            assertEquals(5, failing.replica().texts().size());
        }
    }

    @Test
    void apply_failsOnAFollower_confirmsNoReadThatIsNotThere() throws Exception {
        for (int round = 0; round < 4; round++) {
            try (FailingMembers members =
                    new FailingMembers(directory.resolve("r" + round), "a", "b", "c").startAll()) {
                members.write();
                Member failing = members.follower();
                await(() -> failing.replica().texts().size() == 1);
                failing.replica().applyFault = new IllegalStateException("a fault that was asked for");
                members.write();
                for (int i = 0; i < 20; i++) {
                    assertFalse(failing.confirms());
                }
            }
        }
    }

    @Test
    void append_findsNoSpaceOnTheLeader_anotherLeadsUntilItResumes() throws Exception {
        failAndResume(true, Kind.FULL, false);
    }

    @Test
    void append_findsNoSpaceOnAFollower_othersGoOnUntilItResumes() throws Exception {
        failAndResume(false, Kind.FULL, false);
    }

    @Test
    void fsync_failsOnTheLeader_anotherLeadsUntilItResumes() throws Exception {
        failAndResume(true, Kind.IO, true);
    }

    private void failAndResume(boolean onLeader, Kind kind, boolean bySync) throws Exception {
        try (FailingMembers members = trio()) {
            members.write(5);
            Member failing = onLeader ? members.leader() : members.follower();
            if (bySync) {
                failing.log().failSync(kind);
            } else {
                failing.log().failCommit(kind);
            }
            members.write(5);
            await(failing::isStopped);
            await(() -> !failing.replica().stopped.isEmpty());
            assertTrue(failing.replica().again);
            assertFalse(failing.confirms());
            members.write(5);
            members.awaitEqual(without(members, failing));
            failing.log().failCommit(null);
            failing.log().failSync(null);
            await(() -> !failing.isStopped());
            members.write(5);
            members.awaitEqual(members.running());
            assertTrue(failing.confirms());
            assertEquals("", failing.replica().stopped);
        }
    }

    @Test
    void read_ofTheLogFails_endsTheGroupHereUntilItResumes() throws Exception {
        try (FailingMembers members = trio()) {
            members.write(20);
            Member failing = members.follower();
            members.stop(failing.name());
            Member leader = members.leader();
            members.write(5);
            leader.log().failRead(Kind.CORRUPT);
            // It has to be sent what only the disk has.
            Member back = members.start(failing.name());
            await(() -> leader.replica().stops > 0 || back.replica().texts().size() == 25);
            leader.log().failRead(null);
            await(() -> !leader.isStopped());
            members.write();
            members.awaitEqual(members.running());
        }
    }

    @Test
    void vote_cannotBeStored_isNotGivenAndTheGroupEndsHere() {
        try (FailingMembers members = trio()) {
            members.write(5);
            Member leader = members.leader();
            Member failing = members.follower();
            failing.log().failCommit(Kind.FULL);
            members.stop(leader.name());
            await(failing::isStopped);
            Member other = without(members, failing).getFirst();
            Awaitility.await().during(A_WHILE).atMost(MOST).until(() -> !other.leads() && !failing.leads());
            failing.log().failCommit(null);
            members.write(5);
            members.awaitEqual(members.running());
        }
    }

    @Test
    void compact_cannotBeStored_isTriedAgainAndNothingHangs() {
        try (FailingMembers members = trio()) {
            members.write(5);
            members.awaitEqual(members.running());
            Member failing = members.follower();
            failing.log().failCommit(Kind.FULL);
            failing.group().compact();
            await(() -> failing.replica().persisted.get() == 1);
            Awaitility.await().during(Duration.ofMillis(300)).atMost(MOST).until(() -> !failing.isStopped());
            failing.log().failCommit(null);
            members.write();
            failing.group().compact();
            await(() -> failing.replica().persisted.get() == 2);
            members.write();
            members.awaitEqual(members.running());
        }
    }

    /** Of three of which one has to be given an image. */
    private Member needsAnImage(FailingMembers members) {
        members.start("a");
        members.start("b");
        for (int i = 0; i < 3; i++) {
            members.write(3);
            members.awaitEqual(members.running());
            compact(members);
        }
        return members.leader();
    }

    @Test
    void image_cannotBeOffered_leaderGoesOnAndItIsAskedForAgain() {
        try (FailingMembers members = new FailingMembers(directory, "a", "b", "c")) {
            Member leader = needsAnImage(members);
            members.running().forEach(member -> member.replica().openFault = new IllegalStateException("no image"));
            Member coming = members.start("c");
            Awaitility.await()
                    .during(A_WHILE)
                    .atMost(MOST)
                    .until(() -> leader.leads() && coming.replica().texts().isEmpty());
            members.running().forEach(member -> member.replica().openFault = null);
            members.write();
            members.awaitEqual(members.running());
            assertEquals(List.of(), left("c"));
        }
    }

    @Test
    void image_ofAGroupWhoseNewestCommandIsOlderThanTheLog_isEnough() {
        try (FailingMembers members = new FailingMembers(directory, "a", "b", "c")) {
            members.start("a");
            members.start("b");
            members.write(3);
            members.awaitEqual(members.running());
            compact(members);
            // Each leader begins with an entry that is no command.
            for (int i = 0; i < 2; i++) {
                Member before = members.leader();
                before.group().transfer(without(members, before).getFirst().name(), failure -> {});
                await(() -> !before.leads());
                Member after = members.leader();
                await(() -> members.running().stream()
                        .allMatch(member ->
                                applied(member) == after.group().standing().last()));
                compact(members);
            }
            Member coming = members.start("c");
            members.awaitEqual(members.running());
            await(() -> applied(coming) == members.leader().group().standing().last());
            members.write();
            members.awaitEqual(members.running());
        }
    }

    private static long applied(Member member) {
        return member.group().standing().applied();
    }

    private static void compact(FailingMembers members) {
        for (Member member : members.running()) {
            int before = member.replica().persisted.get();
            member.group().compact();
            await(() -> member.replica().persisted.get() > before);
        }
    }

    private List<Path> left(String name) {
        Path images = directory.resolve(name).resolve("images");
        if (!Files.exists(images)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(images)) {
            return files.toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void image_cannotBeTakenIn_endsTheGroupHereAndLeavesNothing() throws Exception {
        try (FailingMembers members = new FailingMembers(directory, "a", "b", "c")) {
            needsAnImage(members);
            Member coming = members.start("c");
            coming.replica().installFault = new IllegalStateException("a fault that was asked for");
            await(coming::isStopped);
            assertFalse(coming.replica().again);
            assertFalse(coming.confirms());
            await(() -> left("c").isEmpty());
            members.write(3);
            members.awaitEqual(without(members, coming));
        }
    }

    @Test
    void committed_cannotBeStored_isStoredOnceItCan() {
        try (FailingMembers members = new FailingMembers(directory, "c")) {
            Member failing = members.start("c");
            await(failing::leads);
            members.write(5);
            failing.log().failCommit(Kind.FULL);
            Awaitility.await().during(Duration.ofSeconds(1)).atMost(MOST).until(() -> !failing.isStopped());
            failing.log().failCommit(null);
            long committed = failing.group().standing().committed();
            await(() -> failing.host().entries().committed(0) == committed);
        }
    }

    @Test
    void confirm_afterAMajorityWasGivenUp_waitsForAllThatIsInTheLog() throws Exception {
        try (FailingMembers members = trio()) {
            members.write(10);
            members.awaitEqual(members.running());
            members.stop("a");
            members.stop("b");
            members.stop("c");
            forgetCommitted("c");
            Member left = members.start("c");
            // Terms and votes are stored, the first entry of the term is not.
            CountDownLatch disk = new CountDownLatch(1);
            try {
                left.log().hang(disk, 2);
                left.group().force(new Membership(new TreeSet<>(List.of("c")), new TreeSet<>()));
                await(left::leads);
                for (int i = 0; i < 20; i++) {
                    CompletableFuture<Boolean> answer = left.confirmation();
                    await(answer::isDone);
                    assertFalse(answer.get());
                }
                assertEquals(List.of(), left.replica().texts());
            } finally {
                disk.countDown();
            }
            await(left::confirms);
            assertEquals(10, left.replica().texts().size());
        }
    }

    /** As a member that has ended before it noted how far the group had come. */
    private void forgetCommitted(String name) {
        Path data = directory.resolve(name);
        try (FailingStore store = FailingStore.open(data.resolve("store"), 4 << 20, 4 << 20);
                EntryStore entries = new EntryStore(store.openLog(data.resolve("log"), 4 << 20), true)) {
            entries.committed(Map.of(0, 0L));
        }
    }

    @Test
    void force_ofMembersThatWereBecomingThese_needsNoMajorityOfThoseBefore() {
        try (FailingMembers members = new FailingMembers(directory, "a", "b", "c")) {
            members.start("c");
            Member before = members.member("c");
            EntryLog log = new EntryLog(before.host().entries(), 0, failure -> {});
            LogEntry joint = new LogEntry(EntryType.ENTRY_TYPE_CONFIGURATION);
            joint.setId(new LogId(1, 1));
            joint.setPeers(List.of(archipel.raft.Members.peer("c")));
            joint.setOldPeers(
                    Stream.of("a", "b", "c").map(archipel.raft.Members::peer).toList());
            assertTrue(log.appendEntry(joint));
            members.stop("c");
            Member left = members.start("c");
            Membership alone = new Membership(new TreeSet<>(List.of("c")), new TreeSet<>());
            Awaitility.await().during(A_WHILE).atMost(MOST).until(() -> !left.leads());
            left.group().force(alone);
            await(left::leads);
            members.write();
        }
    }

    @Test
    void disk_ofTheLeaderDoesNotAnswer_anotherLeads() {
        try (FailingMembers members = trio()) {
            members.write(5);
            Member failing = members.leader();
            CountDownLatch disk = new CountDownLatch(1);
            try {
                failing.log().hang(disk, 0);
                ListReplica.Write write = new ListReplica.Write();
                failing.group().propose(ListReplica.bytes("slow"), write);
                await(() -> without(members, failing).stream().anyMatch(Member::leads));
            } finally {
                disk.countDown();
            }
            members.write(5);
            members.awaitEqual(members.running());
        }
    }

    @Test
    void requests_whileTheDiskDoesNotAnswer_takeSomeThreadsAndHoldUpNoConnection() {
        try (FailingMembers members = new FailingMembers(directory, "a", "b", "c")) {
            Member failing = members.start("c");
            Transport asking = members.outsider("b");
            Queue<String> refused = new ConcurrentLinkedQueue<>();
            AtomicInteger answered = new AtomicInteger();
            CountDownLatch disk = new CountDownLatch(1);
            try {
                failing.log().hang(disk, 0);
                // The first one is of a new term, which is stored with the group's lock held.
                AppendEntriesRequest beat = append(members.group());
                for (int i = 0; i < 400; i++) {
                    ask(asking, RaftMessage.encodeBatch(List.of(beat)), refused, answered);
                }
                await(() -> refused.size() == 400 - Workers.MOST_ASKED);
                ask(asking, new ByteBuffer[] {ByteBuffer.wrap(new byte[] {99})}, refused, answered);
                await(() -> refused.contains("the message cannot be read"));
                assertEquals(0, answered.get());
            } finally {
                disk.countDown();
            }
            await(() -> answered.get() == Workers.MOST_ASKED);
        }
    }

    @Test
    void entries_ofGroupsThatThereAreNot_areRefusedAndNothingIsKept() {
        try (FailingMembers members = new FailingMembers(directory, "a", "b", "c")) {
            RaftHost host = members.start("c").host();
            try (Workers workers = new Workers(Threads.PLATFORM)) {
                TransportRpcServer server = new TransportRpcServer(host, workers);
                List<String> refused = new ArrayList<>();
                for (int i = 0; i < 100; i++) {
                    ByteBuffer[] request = RaftMessage.encode(append("gother-" + i).toBuilder()
                            .setData(ByteString.EMPTY)
                            .build());
                    ByteBuffer whole = ByteBuffer.allocate(request[0].remaining() + request[1].remaining());
                    whole.put(request[0]).put(request[1]).flip();
                    server.handle("b", Service.RAFT_LOG, whole, new Exchange() {
                        @Override
                        public void answer(ByteBuffer... answer) {
                            throw new AssertionError("answered");
                        }

                        @Override
                        public void fail(String message) {
                            refused.add(message);
                        }
                    });
                }
                assertEquals(100, refused.size());
                assertEquals("there is no group gother-7 here", refused.get(7));
                assertEquals(0, server.groups());
            }
            assertTrue(host.has(members.group()));
            members.stop("c");
            assertFalse(host.has(members.group()));
        }
    }

    private static AppendEntriesRequest append(String group) {
        return AppendEntriesRequest.newBuilder()
                .setGroupId(group)
                .setServerId("b:1")
                .setPeerId("c:1")
                .setTerm(1000)
                .setPrevLogTerm(0)
                .setPrevLogIndex(0)
                .setCommittedIndex(0)
                .build();
    }

    private static void ask(Transport asking, ByteBuffer[] request, Queue<String> refused, AtomicInteger answered) {
        asking.link("c").call(Service.RAFT_CONTROL, request, MOST, new Reply() {
            @Override
            public void answered(ByteBuffer answer) {
                answered.incrementAndGet();
            }

            @Override
            public void failed(CallFailure failure) {
                refused.add(failure.message());
            }
        });
    }
}
