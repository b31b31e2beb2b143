package archipel.raft;

import archipel.consensus.Completion;
import archipel.consensus.Proposal;
import archipel.consensus.Replica;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What was applied, as a list of texts; fails when it is told to. */
final class ListReplica implements Replica {
    final AtomicInteger persisted = new AtomicInteger();
    volatile @Nullable RuntimeException applyFault;
    volatile @Nullable RuntimeException openFault;
    volatile @Nullable RuntimeException installFault;
    volatile String stopped = "";
    volatile boolean again;
    volatile int stops;
    private final Path directory;
    private final List<String> texts = new ArrayList<>();
    private long index;
    private long term;

    /** @param directory for images */
    ListReplica(Path directory) {
        this.directory = directory;
    }

    /** A text that somebody has proposed and waits for. */
    static final class Write implements Proposal {
        final CompletableFuture<Boolean> applied = new CompletableFuture<>();

        @Override
        public void failed() {
            applied.complete(false);
        }
    }

    synchronized List<String> texts() {
        return List.copyOf(texts);
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void apply(Entries entries) {
        List<String> come = new ArrayList<>();
        List<Write> waiting = new ArrayList<>();
        long last = 0;
        long lastTerm = 0;
        while (entries.next()) {
            last = entries.index();
            lastTerm = entries.term();
            if (last > index) {
                come.add(StandardCharsets.UTF_8.decode(entries.data()).toString());
            }
            if (entries.proposal() instanceof Write write) {
                waiting.add(write);
            }
        }
        RuntimeException fault = applyFault;
        if (fault != null) {
            throw fault;
        }
        synchronized (this) {
            texts.addAll(come);
            if (last > index) {
                index = last;
                term = lastTerm;
            }
        }
        waiting.forEach(write -> write.applied.complete(true));
    }

    @Override
    public void leads(long led) {}

    @Override
    public void ceases() {}

    @Override
    public void follows(String leader, long led) {}

    @Override
    public synchronized Position position() {
        return new Position(index, term);
    }

    @Override
    public void persist(Completion done) {
        persisted.incrementAndGet();
        done.done(null);
    }

    @Override
    public ImageSource open() {
        RuntimeException fault = openFault;
        if (fault != null) {
            throw fault;
        }
        Position at = position();
        String all = String.join("\n", texts());
        return new ImageSource() {
            private boolean given;

            @Override
            public Position position() {
                return at;
            }

            @Override
            public long expectedBytes() {
                return all.length();
            }

            @Override
            public @Nullable Path nextFile() throws IOException {
                if (given) {
                    return null;
                }
                given = true;
                Files.createDirectories(directory);
                return Files.writeString(directory.resolve("texts"), at.index() + " " + at.term() + "\n" + all);
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public void install(Path image) {
        RuntimeException fault = installFault;
        if (fault != null) {
            throw fault;
        }
        try {
            List<String> lines = Files.readAllLines(image.resolve("texts"));
            String[] position = lines.getFirst().split(" ");
            synchronized (this) {
                texts.clear();
                texts.addAll(lines.subList(1, lines.size()));
                index = Long.parseLong(position[0]);
                term = Long.parseLong(position[1]);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void stopped(String reason, boolean passes) {
        again = passes;
        stopped = reason;
        stops++;
    }

    @Override
    public void resumes() {
        stopped = "";
    }
}
