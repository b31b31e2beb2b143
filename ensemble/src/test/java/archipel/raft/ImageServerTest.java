package archipel.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import archipel.changes.Threads;
import archipel.consensus.Consensus;
import archipel.consensus.Replica;
import archipel.storage.RowWriter;
import archipel.transport.CallFailure;
import archipel.transport.Members;
import archipel.transport.Reply;
import archipel.transport.Service;
import archipel.transport.Transport;
import com.alipay.sofa.jraft.entity.RaftOutter.SnapshotMeta;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images that one member asks another for. */
class ImageServerTest {
    private static final int GROUP = 7;

    @TempDir
    private Path directory;

    private final Members members = new Members();
    private final List<Workers> workers = new ArrayList<>();
    private final List<Source> opened = new CopyOnWriteArrayList<>();
    private Transport b;
    private ImageServer fromA;
    private ImageServer toB;

    @BeforeEach
    void open() throws IOException {
        Transport a = members.add("a");
        fromA = server(a, Duration.ofMillis(300));
        b = members.add("b");
        toB = server(b, ImageServer.ABANDONED);
        fromA.serve(GROUP, () -> {
            Source source = new Source();
            opened.add(source);
            SnapshotMeta meta = SnapshotMeta.newBuilder()
                    .setLastIncludedIndex(5)
                    .setLastIncludedTerm(1)
                    .build();
            return fromA.offer(GROUP, source, meta, 5);
        });
        a.start();
        b.start();
    }

    private ImageServer server(Transport transport, Duration patience) {
        Workers threads = new Workers(Threads.PLATFORM);
        workers.add(threads);
        ImageServer server = new ImageServer(
                transport, directory.resolve(transport.member()), threads, new ImagePace(0, () -> 0), patience);
        transport.serve(Service.IMAGE, server);
        return server;
    }

    @AfterEach
    void close() {
        members.close();
        workers.forEach(Workers::close);
    }

    /** An image of one file. */
    private final class Source implements Replica.ImageSource {
        volatile boolean closed;
        private boolean given;

        @Override
        public Replica.Position position() {
            return new Replica.Position(5, 1);
        }

        @Override
        public long expectedBytes() {
            return 3;
        }

        @Override
        public @Nullable Path nextFile() throws IOException {
            if (given) {
                return null;
            }
            given = true;
            return Files.writeString(directory.resolve("file" + opened.size()), "abc");
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    // For its number.
    private CompletableFuture<Long> ask(int group) {
        CompletableFuture<Long> answer = new CompletableFuture<>();
        byte[] request = new RowWriter(24).u64(0).u64(group).u64(0).toBytes();
        b.link("a").call(Service.IMAGE, ByteBuffer.wrap(request), Duration.ofSeconds(20), new Reply() {
            @Override
            public void answered(ByteBuffer bytes) {
                answer.complete(bytes.getLong());
            }

            @Override
            public void failed(CallFailure failure) {
                answer.completeExceptionally(new IOException(failure.message()));
            }
        });
        return answer;
    }

    @Test
    void take_image_comesAndIsClosed() throws Exception {
        try (Consensus.TakenImage image = toB.take(GROUP, "a")) {
            assertEquals("abc", Files.readString(image.directory().resolve("file1")));
            assertEquals(5, image.upTo());
        }
        Awaitility.await().until(() -> opened.getFirst().closed);
        assertFalse(fromA.offers(GROUP));
    }

    @Test
    void offer_nobodyComesForIt_isClosedWithoutAnotherBeingAskedFor() throws Exception {
        ask(GROUP).get(20, TimeUnit.SECONDS);
        Awaitility.await().until(() -> {
            fromA.closeAbandoned();
            return opened.getFirst().closed;
        });
        assertFalse(fromA.offers(GROUP));
        assertEquals(List.of(), fromA.underWay());
    }

    @Test
    void fetch_fromWhereNothingCanBe_comesToNothingAndMakesNoDirectories() throws Exception {
        for (String uri : List.of("", "7", "a", "a/", "a/x", "/3", "../../elsewhere/3", "a/../../elsewhere/3")) {
            ImageServer.Fetch fetch = toB.fetch(GROUP, uri);
            fetch.start();
            assertNull(fetch.await(), uri);
            assertFalse(fetch.failure().isEmpty());
        }
        try (Stream<Path> made = Files.list(directory)) {
            assertEquals(List.of(), made.toList());
        }
        assertEquals(List.of(), toB.underWay());
    }
}
