package archipel.http;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.read.BlockSelector;
import archipel.read.Consistency;
import archipel.read.Wanted;
import archipel.read.Wanted.NamedBlock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What state of a database a request wants to read: {@code block} (a number, {@code 0x} and a hash, or both as the
 * header {@code Archipel-Block} shows them), {@code at} (the last block that is not later than an RFC 3339 time),
 * {@code min_block} or the header {@code Archipel-Min-Block} (that one or a later one), {@code wait} (milliseconds to
 * wait for a block that is not there yet) and {@code consistency} ({@link Consistency}). The one place that parses
 * them; what they come to is decided by {@link archipel.read.ReadDoor}.
 *
 * @param asked which block, as the client wrote it; empty where it did not say
 */
public record BlockParameters(Wanted wanted, String asked) {
    static final String HEADER = "Archipel-Min-Block";
    private static final String CONSISTENCY = "consistency";

    private static final Set<String> SELECTORS = Set.of("block", "at", "min_block");
    private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\d[Tt ].*");
    private static final Pattern NUMBER = Pattern.compile("\\d{1,40}");
    private static final Pattern HASH = Pattern.compile("0[xX]([0-9a-fA-F]{64})");
    private static final Pattern BOTH = Pattern.compile("(\\d{1,40})-0[xX]([0-9a-fA-F]{64})");
    private static final BlockParameters NEWEST = new BlockParameters(Wanted.NEWEST, "");

    /**
     * @param header {@code Archipel-Min-Block}'s values, with commas between; null when absent
     * @throws RequestException 400 for what is malformed, or names two blocks
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
        Consistency consistency = consistency(parameters);
        if (given.isEmpty() && header == null) {
            return consistency == Wanted.NEWEST.consistency()
                    ? NEWEST
                    : new BlockParameters(new Wanted(BlockSelector.LATEST, List.of(), Duration.ZERO, consistency), "");
        }
        Parser parser = new Parser(database, wait(parameters, settings), consistency);
        boolean least = given.isEmpty() || given.getFirst().equals("min_block");
        if (given.size() > 1 || header != null && !least) {
            throw parser.refuse(
                    ErrorCode.TWO_BLOCKS,
                    parameters.get(given.getFirst(), ""),
                    given.getFirst(),
                    given.size() > 1 ? given.get(1) : HEADER);
        }
        String text = given.isEmpty() ? "" : parameters.get(given.getFirst(), "");
        if (!least) {
            return given.getFirst().equals("at") ? parser.at(text) : parser.exactly(text);
        }
        BlockParameters latest = given.isEmpty() ? null : parser.atLeast(text);
        // A header that comes twice, or that a proxy has joined, asks for both blocks: for the later one.
        for (String one : header == null ? new String[0] : header.split(",", -1)) {
            BlockParameters next = parser.atLeast(one.strip());
            latest = latest == null ? next : later(latest, next);
        }
        return latest == null ? NEWEST : latest;
    }

    /** @throws RequestException 400 {@code query_parse_error} for what names none */
    public static Consistency consistency(Parameters parameters) {
        String text = parameters.get(CONSISTENCY);
        if (text == null) {
            return Wanted.NEWEST.consistency();
        }
        Consistency consistency = Consistency.parse(text);
        if (consistency == null) {
            throw new RequestException(ErrorCode.INVALID_CONSISTENCY, text);
        }
        return consistency;
    }

    /**
     * A block named in a text alone, such as a segment of a path; as patient and as fresh as the request wants.
     *
     * @throws RequestException 400 for what is malformed
     */
    public static BlockParameters exactly(DatabaseRequest request, String text) {
        return parser(request).exactly(text);
    }

    /** A block named in any form, a time included; as {@link #exactly}. */
    public static BlockParameters anyForm(DatabaseRequest request, String text) {
        return isTime(text) ? at(request, text) : exactly(request, text);
    }

    /** Whether that is meant as a time, rather than as a number or a hash. */
    public static boolean isTime(String text) {
        return TIME.matcher(text).matches();
    }

    /** The last block that is not later than an RFC 3339 time; as {@link #exactly}. */
    public static BlockParameters at(DatabaseRequest request, String text) {
        return parser(request).at(text);
    }

    private static Parser parser(DatabaseRequest request) {
        return new Parser(request.database(), request.blockWait(), consistency(request.parameters()));
    }

    /** The same block, if it is there by now. */
    public BlockParameters withoutWaiting() {
        return new BlockParameters(
                new Wanted(wanted.selector(), wanted.named(), Duration.ZERO, wanted.consistency()), asked);
    }

    /** How long to wait for a block. @throws RequestException 400 for what is no number of milliseconds */
    static Duration wait(Parameters parameters, HttpSettings settings) {
        long longest = settings.maximumBlockWaitMs();
        return Duration.ofMillis(
                Math.min(longest, parameters.nonNegative("wait", Math.min(longest, settings.blockWaitMs()))));
    }

    private static BlockParameters later(BlockParameters one, BlockParameters other) {
        BlockParameters later = least(one) >= least(other) ? one : other;
        List<NamedBlock> named = new ArrayList<>(one.wanted.named());
        named.addAll(other.wanted.named());
        Wanted wanted = later.wanted;
        return new BlockParameters(
                new Wanted(wanted.selector(), named, wanted.patience(), wanted.consistency()), later.asked);
    }

    private static long least(BlockParameters parameters) {
        return parameters.wanted.selector() instanceof BlockSelector.AtLeast(long number) ? number : -1;
    }

    /** Whether one certain block is wanted, so that the same answer comes whenever it is asked for. */
    public boolean pins() {
        return wanted.pins();
    }

    /** Reads texts; knows the database for what refusals say of it. */
    private record Parser(Database database, Duration patience, Consistency consistency) {
        BlockParameters exactly(String text) {
            if (NUMBER.matcher(text).matches()) {
                return parameters(new BlockSelector.Number(number(text)), text);
            }
            Matcher hash = HASH.matcher(text);
            if (hash.matches()) {
                return parameters(new BlockSelector.Hash(HexFormat.of().parseHex(hash.group(1))), text);
            }
            NamedBlock both = named(text);
            if (both == null) {
                throw refuse(ErrorCode.BLOCK_MALFORMED, text, text);
            }
            return parameters(new BlockSelector.Number(both.number()), text, both);
        }

        BlockParameters atLeast(String text) {
            if (NUMBER.matcher(text).matches()) {
                return parameters(new BlockSelector.AtLeast(number(text)), text);
            }
            NamedBlock both = named(text);
            if (both == null) {
                throw refuse(ErrorCode.LEAST_BLOCK_MALFORMED, text, text);
            }
            return parameters(new BlockSelector.AtLeast(both.number()), text, both);
        }

        private BlockParameters parameters(BlockSelector selector, String text, NamedBlock... named) {
            return new BlockParameters(new Wanted(selector, List.of(named), patience, consistency), text);
        }

        private static @Nullable NamedBlock named(String text) {
            Matcher both = BOTH.matcher(text);
            return both.matches()
                    ? new NamedBlock(number(both.group(1)), HexFormat.of().parseHex(both.group(2)), text)
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

        BlockParameters at(String text) {
            return parameters(new BlockSelector.At(timeMs(text)), text);
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
