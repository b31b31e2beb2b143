package archipel.http;

import archipel.changes.Block;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.engine.BlockSelector;
import archipel.engine.Database;
import archipel.engine.Snapshot;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which block a request wants to read: {@code block} (a number, {@code 0x} and a hash, or both as the header {@code
 * Archipel-Block} shows them), {@code at} (the last block that is not later than an RFC 3339 time), {@code min_block}
 * or the header {@code Archipel-Min-Block} (that one or a later one), and {@code wait} (milliseconds to wait for a
 * block that is not there yet). The one place that reads them.
 */
public final class BlockParameters {
    static final String HEADER = "Archipel-Min-Block";

    private static final Set<String> SELECTORS = Set.of("block", "at", "min_block");
    private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\d[Tt ].*");
    private static final Pattern NUMBER = Pattern.compile("\\d{1,40}");
    private static final Pattern HASH = Pattern.compile("0[xX]([0-9a-fA-F]{64})");
    private static final Pattern BOTH = Pattern.compile("(\\d{1,40})-0[xX]([0-9a-fA-F]{64})");
    private static final BlockParameters NEWEST =
            new BlockParameters(BlockSelector.LATEST, "", List.of(), Duration.ZERO);

    private final BlockSelector selector;
    private final String asked;
    private final List<Named> named;
    private final Duration wait;

    /**
     * @param asked as the client wrote it
     * @param named blocks that have to be of this history, besides
     */
    private BlockParameters(BlockSelector selector, String asked, List<Named> named, Duration wait) {
        this.selector = selector;
        this.asked = asked;
        this.named = named;
        this.wait = wait;
    }

    /**
     * @param header {@code Archipel-Min-Block}'s values, with commas between; null when absent
     * @throws BlockRefusal 400 for what is malformed, or names two blocks
     */
    static BlockParameters of(
            Parameters parameters, @Nullable String header, Database database, HttpSettings settings) {
        if (parameters.isEmpty() && header == null) {
            return NEWEST;
        }
        List<String> given = new ArrayList<>(1);
        for (String name : parameters.names()) {
            if (SELECTORS.contains(name)) {
                given.add(name);
            }
        }
        if (given.isEmpty() && header == null) {
            return NEWEST;
        }
        Duration wait = wait(parameters, settings);
        Reader reader = new Reader(database);
        boolean least = given.isEmpty() || given.getFirst().equals("min_block");
        if (given.size() > 1 || header != null && !least) {
            throw reader.refuse(
                    ErrorCode.TWO_BLOCKS,
                    parameters.get(given.getFirst(), ""),
                    given.getFirst(),
                    given.size() > 1 ? given.get(1) : HEADER);
        }
        String text = given.isEmpty() ? "" : parameters.get(given.getFirst(), "");
        if (!least) {
            return given.getFirst().equals("at") ? reader.at(text, wait) : reader.exactly(text, wait);
        }
        BlockParameters latest = given.isEmpty() ? null : reader.atLeast(text, wait);
        // A header that comes twice, or that a proxy has joined, asks for both blocks: for the later one.
        for (String one : header == null ? new String[0] : header.split(",", -1)) {
            BlockParameters next = reader.atLeast(one.strip(), wait);
            latest = latest == null ? next : later(latest, next);
        }
        return latest == null ? NEWEST : latest;
    }

    /** A block named in a text alone, such as a segment of a path. @throws BlockRefusal 400 for what is malformed */
    public static BlockParameters exactly(Database database, String text, Duration wait) {
        return new Reader(database).exactly(text, wait);
    }

    /** A block named in any form, a time included. @throws BlockRefusal 400 for what is malformed */
    public static BlockParameters anyForm(Database database, String text, Duration wait) {
        return isTime(text) ? at(database, text, wait) : exactly(database, text, wait);
    }

    /** Whether that is meant as a time, rather than as a number or a hash. */
    public static boolean isTime(String text) {
        return TIME.matcher(text).matches();
    }

    /** The last block that is not later. @throws BlockRefusal 400 for what is no RFC 3339 time */
    public static BlockParameters at(Database database, String text, Duration wait) {
        return new Reader(database).at(text, wait);
    }

    /** How long to wait for a block. @throws RequestException 400 for what is no number of milliseconds */
    static Duration wait(Parameters parameters, HttpSettings settings) {
        long longest = settings.maximumBlockWaitMs();
        return Duration.ofMillis(
                Math.min(longest, parameters.nonNegative("wait", Math.min(longest, settings.blockWaitMs()))));
    }

    private static BlockParameters later(BlockParameters one, BlockParameters other) {
        BlockParameters later = least(one) >= least(other) ? one : other;
        List<Named> named = new ArrayList<>(one.named);
        named.addAll(other.named);
        return new BlockParameters(later.selector, later.asked, named, later.wait);
    }

    private static long least(BlockParameters parameters) {
        return parameters.selector instanceof BlockSelector.AtLeast(long number) ? number : -1;
    }

    /** Which block that is, as far as the engine is concerned. */
    public BlockSelector selector() {
        return selector;
    }

    /** As the client wrote it. */
    public String asked() {
        return asked;
    }

    /** Whether one certain block is wanted, so that the same answer comes whenever it is asked for. */
    public boolean pins() {
        return switch (selector) {
            case BlockSelector.Latest latest -> false;
            case BlockSelector.AtLeast least -> false;
            case BlockSelector.Number number -> true;
            case BlockSelector.Hash hash -> true;
            case BlockSelector.At time -> true;
        };
    }

    /** Whether the block is named by its hash, so that no other history can ever answer. */
    boolean pinsByHash() {
        return pins() && (selector instanceof BlockSelector.Hash || !named.isEmpty());
    }

    /**
     * The database at that block.
     *
     * @throws RequestException where the block cannot be read
     */
    Snapshot open(Database database, Opener opener) {
        if (selector == BlockSelector.LATEST) {
            return database.snapshot();
        }
        for (Named one : named) {
            if (database.isFormerHead(one.number, one.hash)) {
                throw unknown(database, one);
            }
        }
        Snapshot snapshot = opener.open(selector, wait);
        try {
            check(database, snapshot);
        } catch (RuntimeException e) {
            snapshot.close();
            throw e;
        }
        return snapshot;
    }

    /** That the blocks which were named with their hashes are of this history, as far as the snapshot knows. */
    public void check(Database database, Snapshot snapshot) {
        for (Named one : named) {
            Block block = snapshot.block(one.number);
            if (block == null || !Arrays.equals(block.hash(), one.hash)) {
                throw unknown(database, one);
            }
        }
    }

    private static BlockRefusal unknown(Database database, Named one) {
        return new BlockRefusal(ErrorCode.BLOCK_UNKNOWN, database, one.asked, one.asked);
    }

    /** Opens a snapshot, and gives up when the server stops. */
    @FunctionalInterface
    interface Opener {
        Snapshot open(BlockSelector selector, Duration wait);
    }

    /** A block that was named with its hash. */
    private record Named(long number, byte[] hash, String asked) {}

    /** Reads texts; knows the database for what refusals say of it. */
    private record Reader(Database database) {
        BlockParameters exactly(String text, Duration wait) {
            if (NUMBER.matcher(text).matches()) {
                return new BlockParameters(new BlockSelector.Number(number(text)), text, List.of(), wait);
            }
            Matcher hash = HASH.matcher(text);
            if (hash.matches()) {
                byte[] bytes = HexFormat.of().parseHex(hash.group(1));
                return new BlockParameters(new BlockSelector.Hash(bytes), text, List.of(), wait);
            }
            Named both = named(text);
            if (both == null) {
                throw refuse(ErrorCode.BLOCK_MALFORMED, text, text);
            }
            return new BlockParameters(new BlockSelector.Number(both.number), text, List.of(both), wait);
        }

        BlockParameters atLeast(String text, Duration wait) {
            if (NUMBER.matcher(text).matches()) {
                return new BlockParameters(new BlockSelector.AtLeast(number(text)), text, List.of(), wait);
            }
            Named both = named(text);
            if (both == null) {
                throw refuse(ErrorCode.LEAST_BLOCK_MALFORMED, text, text);
            }
            return new BlockParameters(new BlockSelector.AtLeast(both.number), text, List.of(both), wait);
        }

        private static @Nullable Named named(String text) {
            Matcher both = BOTH.matcher(text);
            return both.matches()
                    ? new Named(number(both.group(1)), HexFormat.of().parseHex(both.group(2)), text)
                    : null;
        }

        /** A number that does not fit is a block that will not be reached either. */
        private static long number(String text) {
            try {
                return Long.parseLong(text);
            } catch (NumberFormatException e) {
                return Long.MAX_VALUE;
            }
        }

        BlockParameters at(String text, Duration wait) {
            return new BlockParameters(new BlockSelector.At(timeMs(text)), text, List.of(), wait);
        }

        private long timeMs(String text) {
            // A plus sign that was not escaped arrives as a space.
            String time = text.length() > 11
                    ? text.substring(0, 11) + text.substring(11).replace(' ', '+')
                    : text;
            try {
                return OffsetDateTime.parse(time).toInstant().toEpochMilli();
            } catch (DateTimeException | ArithmeticException e) {
                throw refuse(ErrorCode.TIME_MALFORMED, text, text);
            }
        }

        BlockRefusal refuse(ErrorCode code, String asked, Object... fields) {
            return new BlockRefusal(code, database, asked, fields);
        }
    }
}
