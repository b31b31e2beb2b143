package archipel.read;

import archipel.changes.Block;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.read.BlockException.Kind;
import archipel.read.Wanted.NamedBlock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way to a database's state, and the one place that decides which block a read gets, whether the block is of this
 * history, and with which error a read ends that cannot have it. Safe for use by many threads.
 *
 * <p>These errors never depend on how far this node happens to be where more can be known: a block named with the hash
 * of a former database's head is unknown at once, one below the horizon is pruned, one that may still come is waited
 * for and then not reached; see {@link BlockException.Kind}.
 */
public final class ReadDoor {
    private static final CompletableFuture<@Nullable Void> FRESH = CompletableFuture.completedFuture(null);

    private final ReadSource source;

    public ReadDoor(ReadSource source) {
        this.source = source;
    }

    /**
     * The newest state that this node has. Waits for nothing, on one node or on many.
     *
     * @throws archipel.document.RequestException 404 when the database was deleted
     */
    public Reader newest(Visibility visibility) {
        // Asked first: it may fail, and nothing is held yet.
        boolean everything = visibility.isEverything();
        return new Reader(source, source.newest(), visibility, everything);
    }

    /**
     * The state that is wanted. Waits for a block that is not there yet. Which block stood at a time is settled for
     * good once it was read: later blocks get later times.
     *
     * @throws BlockException when the block cannot be had
     * @throws archipel.document.RequestException 404 when the database was deleted, 503 when the node cannot be as
     *     fresh as is wanted
     */
    public Reader open(Wanted wanted, Visibility visibility) throws InterruptedException {
        return open(wanted, visibility, fresh(wanted.consistency(), wanted::patience));
    }

    /** As {@link #open(Wanted, Visibility)}, for who has asked for {@link #fresh} already. */
    public Reader open(Wanted wanted, Visibility visibility, CompletableFuture<@Nullable Void> fresh)
            throws InterruptedException {
        Reader newest = reach(wanted, visibility, fresh);
        if (wanted.selector() == BlockSelector.LATEST) {
            return newest;
        }
        try {
            Block block = require(newest, wanted.selector());
            if (wanted.pins() && block.number() < newest.horizon()) {
                throw refusal(newest, Kind.BELOW_HORIZON, text(wanted.selector()));
            }
            requireNamed(newest, wanted);
            return wanted.pins() ? newest.pinned(block) : newest;
        } catch (RuntimeException | Error e) {
            newest.close();
            throw e;
        }
    }

    /**
     * Ends once the newest state is as fresh as is wanted; it stays so for whoever has waited for it. Has ended already
     * where there is nothing to wait for.
     *
     * @param patience after which it ends with a 503; asked for only where there is something to wait for
     */
    public CompletableFuture<@Nullable Void> fresh(Consistency consistency, Supplier<Duration> patience) {
        if (consistency == Consistency.ANY || consistency == Consistency.LEADER && source.leads()) {
            return FRESH;
        }
        // What a follower can find out of its leader is everything that was acknowledged, which is more than is wanted.
        CompletableFuture<@Nullable Void> acknowledged = source.acknowledged();
        return acknowledged.isDone()
                ? acknowledged
                : acknowledged.copy().orTimeout(patience.get().toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * The block that {@link #open} would read, also where its documents cannot be read any more: blocks themselves are
     * kept for ever.
     *
     * @throws BlockException when there is no such block, or not yet
     */
    public Block block(Wanted wanted) throws InterruptedException {
        return block(wanted, fresh(wanted.consistency(), wanted::patience));
    }

    /** As {@link #block(Wanted)}, for who has asked for {@link #fresh} already. */
    public Block block(Wanted wanted, CompletableFuture<@Nullable Void> fresh) throws InterruptedException {
        try (Reader newest = reach(wanted, Visibility.EVERYTHING, fresh)) {
            Block block = require(newest, wanted.selector());
            requireNamed(newest, wanted);
            return block;
        }
    }

    /** The newest state, once it has what is wanted, or once that was waited for in vain. */
    private Reader reach(Wanted wanted, Visibility visibility, CompletableFuture<@Nullable Void> fresh)
            throws InterruptedException {
        for (NamedBlock named : wanted.named()) {
            if (source.former().is(named.number(), named.hash())) {
                throw refusal(Kind.UNKNOWN, named.text());
            }
        }
        await(fresh);
        Duration patience = wanted.patience();
        switch (wanted.selector()) {
            case BlockSelector.Latest _, BlockSelector.Hash _ -> {}
            case BlockSelector.AtLeast(long number) -> source.awaitBlock(number, patience);
            case BlockSelector.Number(long number) -> source.awaitBlock(number, patience);
            case BlockSelector.At(long timeMs) -> {
                if (!source.settle(timeMs, patience)) {
                    throw refusal(Kind.NOT_YET, text(wanted.selector()));
                }
            }
        }
        return newest(visibility);
    }

    private static void await(CompletableFuture<@Nullable Void> fresh) throws InterruptedException {
        try {
            fresh.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case TimeoutException _ -> throw new RequestException(ErrorCode.NOT_FRESH);
                case RuntimeException refusal -> throw refusal;
                case Error error -> throw error;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    private static Block require(Reader newest, BlockSelector selector) {
        Block head = newest.block();
        @Nullable
        Block found = switch (selector) {
            case BlockSelector.Latest _ -> head;
            case BlockSelector.AtLeast(long number) -> head.number() < number ? null : head;
            case BlockSelector.Number(long number) -> newest.blocks().find(number);
            case BlockSelector.Hash(byte[] hash) -> newest.blocks().find(hash);
            case BlockSelector.At(long timeMs) -> newest.blocks().at(timeMs);
        };
        if (found == null) {
            boolean numbered = selector instanceof BlockSelector.Number || selector instanceof BlockSelector.AtLeast;
            throw refusal(newest, numbered ? Kind.NOT_YET : Kind.UNKNOWN, text(selector));
        }
        return found;
    }

    private static void requireNamed(Reader newest, Wanted wanted) {
        for (NamedBlock named : wanted.named()) {
            Block block = newest.blocks().find(named.number());
            if (block == null || !Arrays.equals(block.hash(), named.hash())) {
                throw refusal(newest, Kind.UNKNOWN, named.text());
            }
        }
    }

    private BlockException refusal(Kind kind, String asked) {
        try (Reader newest = newest(Visibility.EVERYTHING)) {
            return refusal(newest, kind, asked);
        }
    }

    private static BlockException refusal(Reader newest, Kind kind, String asked) {
        return new BlockException(kind, asked, newest.block(), newest.horizon());
    }

    private static String text(BlockSelector selector) {
        return switch (selector) {
            case BlockSelector.Latest _ -> "";
            case BlockSelector.AtLeast(long number) -> Long.toString(number);
            case BlockSelector.Number(long number) -> Long.toString(number);
            case BlockSelector.Hash(byte[] hash) -> "0x" + HexFormat.of().formatHex(hash);
            case BlockSelector.At(long timeMs) -> Instant.ofEpochMilli(timeMs).toString();
        };
    }
}
