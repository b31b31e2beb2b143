package archipel.raft;

import archipel.changes.Deadline;
import archipel.consensus.Consensus;
import archipel.consensus.Replica;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.transport.CallFailure;
import archipel.transport.Exchange;
import archipel.transport.Handler;
import archipel.transport.MemberName;
import archipel.transport.Reply;
import archipel.transport.Service;
import archipel.transport.Transport;
import com.alipay.sofa.jraft.entity.RaftOutter.SnapshotMeta;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Moves images of groups between members. Who needs one asks for its files in order, piece by piece; each file is
 * written when it is asked for and deleted when the next one is, so that an image takes little room where it comes
 * from. No more than {@value #MOST_AT_ONCE} are sent at once: others wait, since a disk serves one after the other
 * faster than all together, and the groups' work goes before. Safe for use by many threads.
 */
final class ImageServer implements Handler {
    private static final System.Logger LOG = System.getLogger(ImageServer.class.getName());
    /** How many are sent at once. */
    static final int MOST_AT_ONCE = 2;

    /** What is answered instead of the first file by a member that sends others first. */
    private static final String LATER = "LATER";

    private static final int LATER_MS = 250;
    /** After which a receiver that asks for no more gives way to others. */
    private static final Duration SILENCE = Duration.ofSeconds(10);

    private static final Duration PIECE_PATIENCE = Duration.ofSeconds(60);
    /** After which nobody comes any more for an image that was asked for. */
    static final Duration ABANDONED = Duration.ofMinutes(3);
    /** In the place of an image's number: one of a group, whose number follows, is asked for. */
    private static final long NEW = 0;
    /** In the place of an image's number: there is none. */
    private static final long NONE = -1;
    /** In the place of a file's number: the image is not needed any more. */
    private static final long END = -1;

    private final Transport transport;
    private final Path directory;
    private final Workers workers;
    private final Pace pace;
    private final Duration patience;
    private final AtomicLong numbers = new AtomicLong();
    private final Map<Long, Offer> offers = new ConcurrentHashMap<>();
    private final Map<Integer, Supplier<Offer>> groups = new ConcurrentHashMap<>();
    private final Set<Fetch> fetches = ConcurrentHashMap.newKeySet();
    // Numbers of those that are sent, each until when it is unless its receiver asks again; guarded by itself.
    private final Map<Long, Deadline> sending = new HashMap<>();

    /**
     * @param directory of images that come; emptied
     * @param pace of all that is sent
     * @param patience after which nobody comes any more for an image that was asked for
     */
    ImageServer(Transport transport, Path directory, Workers workers, Pace pace, Duration patience) {
        this.patience = patience;
        this.transport = transport;
        this.directory = directory;
        this.workers = workers;
        this.pace = pace;
        delete(directory);
    }

    /** Limits how fast images are sent. */
    interface Pace {
        /** How many bytes are sent at once. */
        int pieceBytes();

        /** Waits until so much may be sent. */
        void beforeSending(int bytes) throws InterruptedException;
    }

    /**
     * Offers an image until it is closed.
     *
     * @param upTo up to which entry it has all commands
     */
    Offer offer(int group, Replica.ImageSource source, SnapshotMeta meta, long upTo) {
        long number = numbers.incrementAndGet();
        Offer offer = new Offer(group, number, source, meta, upTo);
        offers.put(number, offer);
        return offer;
    }

    /** Where an image can be had that there is not: whoever asks for it is told so. */
    String nothing() {
        return transport.member() + "/" + NONE;
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
        if (offered.remaining() < 2 * Long.BYTES) {
            throw new IOException("what member " + member + " offers cannot be read");
        }
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

    private void offer(String asking, int group, Exchange exchange) {
        for (Offer open : List.copyOf(offers.values())) {
            open.closeIfReplaced(asking, group);
        }
        Supplier<Offer> offering = groups.get(group);
        if (offering == null) {
            exchange.fail("there is no group " + group);
            return;
        }
        try {
            Offer offer = offering.get();
            offer.watch(asking);
            exchange.answer(ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(offer.number)
                    .putLong(offer.upTo)
                    .flip());
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "an image of group " + group + " cannot be offered", e);
            exchange.fail("the image cannot be made: " + e.getMessage());
        }
    }

    /** Closes those that nobody comes for any more, in the background: a file may just be written. */
    void closeAbandoned() {
        List<Offer> abandoned =
                offers.values().stream().filter(Offer::isAbandoned).toList();
        if (!abandoned.isEmpty()) {
            // Not looked at again meanwhile.
            abandoned.forEach(offer -> offers.remove(offer.number));
            workers.execute(() -> abandoned.forEach(Offer::close));
        }
    }

    /** Those that are sent, are to be sent, or are received. */
    List<ImageProgress> underWay() {
        List<ImageProgress> all = new ArrayList<>();
        offers.values().forEach(offer -> all.add(offer.progress()));
        fetches.forEach(fetch -> all.add(fetch.progress()));
        all.sort(Comparator.comparingInt(ImageProgress::group).thenComparing(ImageProgress::to));
        return all;
    }

    /** Whether an image of the group is offered. */
    boolean offers(int group) {
        return offers.values().stream().anyMatch(offer -> offer.group == group);
    }

    // Whether it is among those that may be sent now. A receiver that is gone does not hold up others for long.
    private boolean admit(long offer) {
        synchronized (sending) {
            sending.values().removeIf(Deadline::hasPassed);
            if (!sending.containsKey(offer) && sending.size() >= MOST_AT_ONCE) {
                return false;
            }
            sending.put(offer, Deadline.after(SILENCE));
            return true;
        }
    }

    private void asked(long offer) {
        synchronized (sending) {
            sending.computeIfPresent(offer, (_, _) -> Deadline.after(SILENCE));
        }
    }

    private void dismiss(long offer) {
        synchronized (sending) {
            sending.remove(offer);
        }
    }

    /**
     * Prepares to fetch what another member has offered.
     *
     * @param uri where that is, as another member says; a fetch from where nothing can be comes to nothing
     */
    Fetch fetch(int group, String uri) {
        int slash = uri.lastIndexOf('/');
        try {
            String member = MemberName.require(uri.substring(0, Math.max(0, slash)));
            return new Fetch(group, member, Long.parseLong(uri.substring(slash + 1)));
        } catch (IllegalArgumentException e) {
            Fetch none = new Fetch(group, "", NONE);
            none.fail(new IOException("an image cannot be had where it is offered"));
            return none;
        }
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
        // Writing a file takes time.
        Runnable work;
        if (number == NEW) {
            work = () -> offer(member, (int) file, exchange);
        } else if (file == END) {
            work = () -> {
                if (offer != null) {
                    offer.close();
                }
                exchange.answer(ByteBuffer.allocate(0));
            };
        } else if (offer == null) {
            exchange.fail("the image is not offered any more");
            return;
        } else {
            work = () -> offer.answer(member, file, offset, exchange);
        }
        if (!workers.tryExecute(work)) {
            exchange.fail("too much is asked for here at the moment");
        }
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
        private final int group;
        private final long number;
        private final Replica.ImageSource source;
        private final SnapshotMeta meta;
        private final long upTo;
        private final long expected;
        private volatile String member = "";
        private volatile long sent;
        private volatile boolean begun;
        // Guarded by this.
        private long before;
        private long at = -1;
        private @Nullable Path current;
        private volatile boolean closed;
        // Of one that was asked for, which nobody may come for again.
        private volatile @Nullable Deadline abandoned;

        Offer(int group, long number, Replica.ImageSource source, SnapshotMeta meta, long upTo) {
            this.group = group;
            this.number = number;
            this.source = source;
            this.meta = meta;
            this.upTo = upTo;
            this.expected = source.expectedBytes();
        }

        private ImageProgress progress() {
            return new ImageProgress(
                    group,
                    transport.member(),
                    member,
                    begun ? ImageProgress.State.SENDING : ImageProgress.State.WAITING,
                    sent,
                    Math.max(sent, expected));
        }

        /** Where it can be had. */
        String uri() {
            return transport.member() + "/" + number;
        }

        SnapshotMeta meta() {
            return meta;
        }

        private void watch(String asking) {
            member = asking;
            abandoned = Deadline.after(patience);
        }

        private boolean isAbandoned() {
            Deadline until = abandoned;
            return until != null && until.hasPassed();
        }

        // Who asks for another one of the same group does not come for this one any more.
        private void closeIfReplaced(String asking, int wanted) {
            if (abandoned != null && group == wanted && member.equals(asking)) {
                close();
            }
        }

        private void answer(String asking, long file, long offset, Exchange exchange) {
            if (abandoned != null) {
                watch(asking);
            }
            member = asking;
            if (file > 0) {
                asked(number);
            } else if (!admit(number)) {
                exchange.answer(head(LATER, 0));
                return;
            }
            begun = true;
            try {
                ByteBuffer[] answer = piece(file, offset);
                if (answer.length > 1) {
                    pace.beforeSending(answer[1].remaining());
                    if (file > 0) {
                        sent = sentBefore() + offset + answer[1].remaining();
                    }
                }
                exchange.answer(answer);
            } catch (IOException | RuntimeException e) {
                LOG.log(closed ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING, "an image cannot be sent", e);
                exchange.fail("the image cannot be read");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                exchange.fail("the member stops");
            }
        }

        private synchronized long sentBefore() {
            return before;
        }

        // File 0 is what the image is of. After the last there is one without a name.
        private synchronized ByteBuffer[] piece(long file, long offset) throws IOException {
            if (closed) {
                throw new IOException("the image is not offered any more");
            }
            if (file == 0) {
                byte[] bytes = meta.toByteArray();
                ByteBuffer body = ByteBuffer.allocate(Long.BYTES + bytes.length);
                return new ByteBuffer[] {
                    head("META", body.capacity()),
                    body.putLong(expected).put(bytes).flip()
                };
            }
            if (file == at + 1 || file == 1 && at == -1) {
                Path former = current;
                if (former != null) {
                    before += Files.size(former);
                    Files.deleteIfExists(former);
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
                ByteBuffer bytes = ByteBuffer.allocate(Math.clamp(length - offset, 0, pace.pieceBytes()));
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
            dismiss(number);
            synchronized (this) {
                if (!closed) {
                    closed = true;
                    source.close();
                }
            }
        }
    }

    /** An image that has come whole. To be closed. */
    record FetchedImage(Path directory, SnapshotMeta meta, Runnable done) implements AutoCloseable {
        @Override
        public void close() {
            done.run();
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
        private volatile ImageProgress.State state = ImageProgress.State.WAITING;
        private volatile long received;
        private volatile long expected;

        private Fetch(int group, String member, long number) {
            this.group = group;
            this.member = member;
            this.number = number;
            this.target = directory.resolve(group + "-" + member + "-" + number + "-" + numbers.incrementAndGet());
        }

        private ImageProgress progress() {
            return new ImageProgress(group, member, transport.member(), state, received, Math.max(received, expected));
        }

        // Whoever starts it holds locks of the library, and must not be thrown at.
        void start() {
            if (fetched.isDone()) {
                return;
            }
            fetches.add(this);
            try {
                workers.execute(this::run);
            } catch (RejectedExecutionException stopping) {
                fetches.remove(this);
                fail(new IOException("this member stops"));
            }
        }

        private void fail(IOException reason) {
            fetched.completeExceptionally(reason);
        }

        /** Nobody waits any longer, whatever is still under way. */
        void cancel() {
            cancelled = true;
            fail(new IOException("the image is not wanted any more"));
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
            try {
                Files.createDirectories(target);
                SnapshotMeta meta = meta();
                state = ImageProgress.State.RECEIVING;
                long before = 0;
                long bytes = 0;
                for (long file = 1; bytes >= 0; file++) {
                    bytes = file(file, before);
                    before += Math.max(0, bytes);
                }
                try (FileChannel channel = FileChannel.open(target)) {
                    channel.force(true);
                }
                LOG.log(
                        System.Logger.Level.INFO,
                        "an image of group {0} has come from member {1}: {2} bytes",
                        group,
                        member,
                        before);
                state = ImageProgress.State.INSTALLING;
                FetchedImage image = new FetchedImage(target, meta, () -> fetches.remove(this));
                if (!fetched.complete(image)) {
                    image.close();
                }
            } catch (IOException | InterruptedException | RuntimeException e) {
                LOG.log(
                        cancelled || e instanceof InterruptedException
                                ? System.Logger.Level.DEBUG
                                : System.Logger.Level.WARNING,
                        "the image of group {0} did not come from {1}, which is asked again where it is needed: {2}",
                        group,
                        member,
                        e.getMessage());
                fetches.remove(this);
                delete(target);
                fetched.completeExceptionally(e);
            }
        }

        private SnapshotMeta meta() throws IOException, InterruptedException {
            ByteBuffer answer = ask(0, 0);
            while (head(answer).name().equals(LATER)) {
                TimeUnit.MILLISECONDS.sleep(LATER_MS);
                answer = ask(0, 0);
            }
            try {
                expected = answer.getLong();
                return SnapshotMeta.parseFrom(answer);
            } catch (BufferUnderflowException | InvalidProtocolBufferException e) {
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
                    received = before + at;
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
