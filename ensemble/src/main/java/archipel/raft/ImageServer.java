package archipel.raft;

import archipel.changes.Deadline;
import archipel.consensus.Consensus;
import archipel.consensus.Replica;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.transport.CallFailure;
import archipel.transport.Exchange;
import archipel.transport.Handler;
import archipel.transport.Reply;
import archipel.transport.Service;
import archipel.transport.Transport;
import com.alipay.sofa.jraft.entity.RaftOutter.SnapshotMeta;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Moves images of groups between members. Who needs one asks for its files in order, piece by piece; each file is
 * written when it is asked for and deleted when the next one is, so that an image takes little room where it comes
 * from. Safe for use by many threads.
 */
final class ImageServer implements Handler {
    private static final System.Logger LOG = System.getLogger(ImageServer.class.getName());
    private static final int PIECE_BYTES = 1 << 20;
    private static final Duration PIECE_PATIENCE = Duration.ofSeconds(60);
    /** After which nobody comes any more for an image that was asked for. */
    private static final Duration ABANDONED = Duration.ofMinutes(3);
    /** In the place of an image's number: one of a group, whose number follows, is asked for. */
    private static final long NEW = 0;
    /** In the place of a file's number: the image is not needed any more. */
    private static final long END = -1;

    private final Transport transport;
    private final Path directory;
    private final Executor executor;
    private final Pace pace;
    private final Progress progress;
    private final AtomicLong numbers = new AtomicLong();
    private final Map<Long, Offer> offers = new ConcurrentHashMap<>();
    private final Map<Integer, Supplier<Offer>> groups = new ConcurrentHashMap<>();

    /**
     * @param directory of images that come; emptied
     * @param executor whose threads may wait
     * @param pace of all that is sent
     */
    ImageServer(Transport transport, Path directory, Executor executor, Pace pace, Progress progress) {
        this.transport = transport;
        this.directory = directory;
        this.executor = executor;
        this.pace = pace;
        this.progress = progress;
        delete(directory);
    }

    /** Limits how fast images are sent. */
    @FunctionalInterface
    interface Pace {
        /** Waits for as long as sending so much takes at that pace. */
        void sent(int bytes) throws InterruptedException;
    }

    /** Told how far a group's image has come. */
    @FunctionalInterface
    interface Progress {
        /** @param done whether it is whole, or was given up */
        void received(int group, long bytes, boolean done);
    }

    /**
     * Offers an image until it is closed.
     *
     * @param upTo up to which entry it has all commands
     */
    Offer offer(Replica.ImageSource source, SnapshotMeta meta, long upTo) {
        long number = numbers.incrementAndGet();
        Offer offer = new Offer(number, source, meta, upTo);
        offers.put(number, offer);
        return offer;
    }

    /** Lets members ask for images of a group. */
    void serve(int group, Supplier<Offer> offering) {
        groups.put(group, offering);
    }

    /**
     * Fetches an image of a group as it is now, from another member.
     *
     * @throws IOException where it did not come
     */
    Consensus.TakenImage take(int group, String member) throws IOException, InterruptedException {
        ByteBuffer offered = ask(member, NEW, group, 0);
        long number = offered.getLong();
        long upTo = offered.getLong();
        Fetch fetch = fetch(group, member + "/" + number);
        try {
            fetch.start();
            FetchedImage image = fetch.await();
            if (image == null) {
                throw new IOException(fetch.failure());
            }
            return new Taken(image, upTo);
        } finally {
            fetch.cancel();
            end(member, number);
        }
    }

    // Whether or not that arrives: it is given up after a while.
    private void end(String member, long number) throws InterruptedException {
        try {
            ask(member, number, END, 0);
        } catch (IOException given) {
            LOG.log(System.Logger.Level.DEBUG, "an image stays open a while", given);
        }
    }

    private ByteBuffer ask(String member, long number, long file, long offset)
            throws IOException, InterruptedException {
        CompletableFuture<ByteBuffer> piece = new CompletableFuture<>();
        byte[] request = new RowWriter(24).u64(number).u64(file).u64(offset).toBytes();
        transport.link(member).call(Service.IMAGE, ByteBuffer.wrap(request), PIECE_PATIENCE, new Reply() {
            @Override
            public void answered(ByteBuffer answer) {
                piece.complete(answer);
            }

            @Override
            public void failed(CallFailure failed) {
                piece.completeExceptionally(new IOException(failed.message()));
            }
        });
        try {
            return piece.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failed) {
                throw failed;
            }
            throw new UncheckedIOException(new IOException(e));
        }
    }

    private void offer(int group, Exchange exchange) {
        for (Offer open : List.copyOf(offers.values())) {
            open.closeIfAbandoned();
        }
        Supplier<Offer> offering = groups.get(group);
        if (offering == null) {
            exchange.fail("there is no group " + group);
            return;
        }
        try {
            Offer offer = offering.get();
            offer.watch();
            exchange.answer(ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(offer.number)
                    .putLong(offer.upTo)
                    .flip());
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "an image of group " + group + " cannot be offered", e);
            exchange.fail("the image cannot be made: " + e.getMessage());
        }
    }

    /** Prepares to fetch what another member has offered. */
    Fetch fetch(int group, String uri) {
        return new Fetch(group, uri);
    }

    @Override
    public void handle(String member, Service service, ByteBuffer request, Exchange exchange) {
        byte[] bytes = new byte[request.remaining()];
        request.get(bytes);
        RowReader row = new RowReader(bytes);
        long number = row.u64();
        Offer offer = offers.get(number);
        long file = row.u64();
        long offset = row.u64();
        if (number == NEW) {
            executor.execute(() -> offer((int) file, exchange));
            return;
        } else if (file == END) {
            executor.execute(() -> {
                if (offer != null) {
                    offer.close();
                }
                exchange.answer(ByteBuffer.allocate(0));
            });
            return;
        } else if (offer == null) {
            exchange.fail("the image is not offered any more");
            return;
        }
        // Writing a file takes time.
        executor.execute(() -> offer.answer(file, offset, exchange));
    }

    private static void delete(Path directory) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                if (Files.isDirectory(file)) {
                    delete(file);
                } else {
                    Files.delete(file);
                }
            }
            Files.delete(directory);
        } catch (NoSuchFileException nothing) {
            return;
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "what is left of an image was not deleted: " + directory, e);
        }
    }

    /** An image that another member may fetch. */
    final class Offer implements AutoCloseable {
        private final long number;
        private final Replica.ImageSource source;
        private final SnapshotMeta meta;
        private final long upTo;
        // Guarded by this.
        private long at = -1;
        private @Nullable Path current;
        private boolean closed;
        // Of one that was asked for, which nobody may come for again.
        private volatile @Nullable Deadline abandoned;

        Offer(long number, Replica.ImageSource source, SnapshotMeta meta, long upTo) {
            this.number = number;
            this.source = source;
            this.meta = meta;
            this.upTo = upTo;
        }

        /** Where it can be had. */
        String uri() {
            return transport.member() + "/" + number;
        }

        SnapshotMeta meta() {
            return meta;
        }

        private void watch() {
            abandoned = Deadline.after(ABANDONED);
        }

        private void closeIfAbandoned() {
            Deadline until = abandoned;
            if (until != null && until.hasPassed()) {
                close();
            }
        }

        private void answer(long file, long offset, Exchange exchange) {
            if (abandoned != null) {
                watch();
            }
            try {
                ByteBuffer[] answer = piece(file, offset);
                if (answer.length > 1) {
                    pace.sent(answer[1].remaining());
                }
                exchange.answer(answer);
            } catch (IOException | RuntimeException e) {
                LOG.log(System.Logger.Level.WARNING, "an image cannot be sent", e);
                exchange.fail("the image cannot be read");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                exchange.fail("the member stops");
            }
        }

        // File 0 is what the image is of. After the last there is one without a name.
        private synchronized ByteBuffer[] piece(long file, long offset) throws IOException {
            if (closed) {
                throw new IOException("the image is not offered any more");
            }
            if (file == 0) {
                byte[] bytes = meta.toByteArray();
                return new ByteBuffer[] {head("META", bytes.length), ByteBuffer.wrap(bytes)};
            }
            if (file == at + 1 || file == 1 && at == -1) {
                Path before = current;
                if (before != null) {
                    Files.deleteIfExists(before);
                }
                current = source.nextFile();
                at = file;
            } else if (file != at) {
                throw new IOException("file " + file + " of the image was asked for after file " + at);
            }
            Path path = current;
            if (path == null) {
                return new ByteBuffer[] {head("", 0)};
            }
            try (FileChannel channel = FileChannel.open(path)) {
                long length = channel.size();
                ByteBuffer bytes = ByteBuffer.allocate(Math.clamp(length - offset, 0, PIECE_BYTES));
                while (bytes.hasRemaining() && channel.read(bytes, offset + bytes.position()) >= 0) {
                    // Until it is full.
                    continue;
                }
                return new ByteBuffer[] {head(path.getFileName().toString(), length), bytes.flip()};
            }
        }

        private static ByteBuffer head(String name, long length) {
            return ByteBuffer.wrap(new RowWriter(64).u64(length).text(name).toBytes());
        }

        @Override
        public void close() {
            offers.remove(number);
            synchronized (this) {
                if (!closed) {
                    closed = true;
                    source.close();
                }
            }
        }
    }

    /** An image that has come whole. To be closed. */
    record FetchedImage(Path directory, SnapshotMeta meta) implements AutoCloseable {
        @Override
        public void close() {
            delete(directory);
        }
    }

    private record Taken(FetchedImage image, long upTo) implements Consensus.TakenImage {
        @Override
        public Path directory() {
            return image.directory();
        }

        @Override
        public void close() {
            image.close();
        }
    }

    /** The fetching of an image, on a thread of its own. */
    final class Fetch {
        private final int group;
        private final String member;
        private final long number;
        private final Path target;
        private final CompletableFuture<FetchedImage> fetched = new CompletableFuture<>();
        private volatile boolean cancelled;
        private volatile String failure = "";

        private Fetch(int group, String uri) {
            this.group = group;
            int slash = uri.lastIndexOf('/');
            this.member = uri.substring(0, slash);
            this.number = Long.parseLong(uri.substring(slash + 1));
            this.target = directory.resolve(group + "-" + member + "-" + number);
        }

        void start() {
            executor.execute(this::run);
        }

        void cancel() {
            cancelled = true;
        }

        /** Why there is none. */
        String failure() {
            return failure;
        }

        /** Null where it came to nothing. */
        @Nullable
        FetchedImage await() throws InterruptedException {
            try {
                return fetched.get();
            } catch (ExecutionException e) {
                failure = String.valueOf(e.getCause());
                return null;
            }
        }

        private void run() {
            long received = 0;
            try {
                Files.createDirectories(target);
                SnapshotMeta meta = meta();
                boolean more = true;
                for (long file = 1; more; file++) {
                    long bytes = file(file, received);
                    more = bytes >= 0;
                    received += Math.max(0, bytes);
                }
                try (FileChannel channel = FileChannel.open(target)) {
                    channel.force(true);
                }
                fetched.complete(new FetchedImage(target, meta));
            } catch (IOException | InterruptedException | RuntimeException e) {
                LOG.log(System.Logger.Level.WARNING, "the image of group " + group + " did not come", e);
                delete(target);
                fetched.completeExceptionally(e);
            } finally {
                progress.received(group, received, true);
            }
        }

        private SnapshotMeta meta() throws IOException, InterruptedException {
            ByteBuffer answer = ask(0, 0);
            head(answer);
            try {
                return SnapshotMeta.parseFrom(answer);
            } catch (InvalidProtocolBufferException e) {
                throw new IOException("what the image is of cannot be read", e);
            }
        }

        // How long it is; -1 after the last.
        private long file(long file, long before) throws IOException, InterruptedException {
            ByteBuffer answer = ask(file, 0);
            Head head = head(answer);
            if (head.name().isEmpty()) {
                return -1;
            }
            if (!head.name().matches("[A-Za-z0-9._-]+") || head.name().startsWith(".")) {
                throw new IOException("the image has a file of the name " + head.name());
            }
            try (FileChannel out = FileChannel.open(
                    target.resolve(head.name()), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                long at = 0;
                while (true) {
                    int piece = answer.remaining();
                    while (answer.hasRemaining()) {
                        out.write(answer);
                    }
                    at += piece;
                    progress.received(group, before + at, false);
                    if (at >= head.length()) {
                        break;
                    }
                    if (piece == 0) {
                        throw new IOException("the file " + head.name() + " of the image ends early");
                    }
                    answer = ask(file, at);
                    head(answer);
                }
                out.force(true);
                return at;
            }
        }

        private ByteBuffer ask(long file, long offset) throws IOException, InterruptedException {
            if (cancelled) {
                throw new IOException("the image is not wanted any more");
            }
            return ImageServer.this.ask(member, number, file, offset);
        }

        private record Head(String name, long length) {}

        private static Head head(ByteBuffer answer) {
            long length = answer.getLong();
            int name = 0;
            int shift = 0;
            byte next;
            do {
                next = answer.get();
                name |= (next & 0x7f) << shift;
                shift += 7;
            } while (next < 0 && shift < 28);
            byte[] bytes = new byte[Math.min(name, answer.remaining())];
            answer.get(bytes);
            return new Head(new String(bytes, java.nio.charset.StandardCharsets.UTF_8), length);
        }
    }
}
