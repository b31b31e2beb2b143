package archipel.feeds;

import archipel.blocks.BlockLookup;
import archipel.changes.Block;
import archipel.changes.Sequence;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.http.BlockParameters;
import archipel.http.BlockRefusal;
import archipel.http.DatabaseRequest;
import archipel.read.Reader;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Where a reader of changes wants to begin: after a seq as shown, after a block ({@code block:} and its number or
 * hash), after an RFC 3339 time, or {@code now}.
 *
 * @param text as given
 * @param history seqs that the reader came by, the newest first: where to rewind to, should {@code text} be of another
 *     history
 * @param strict whether a position in another history is to be refused, rather than to begin anew as CouchDB does
 */
record Since(String text, List<Sequence> history, boolean strict) {
    /** The header of a feed that began anew. */
    static final String REWOUND = "Archipel-Rewound-To";

    private static final String BLOCK = "block:";

    /** A position as CouchDB or another server of its kind gives it out, which no database of this one ever did. */
    private static final Pattern FOREIGN = Pattern.compile("\\d+-(?![0-9a-fA-F]{8}$)[\\w-]+");

    /**
     * @param strict what the parameter {@code strict} says; a {@code history} is strict by itself
     * @throws RequestException 400 where the body's {@code history} is no list of seqs with their hashes
     */
    static Since of(String text, boolean strict, @Nullable ObjectNode body) {
        JsonNode given = body == null ? null : body.get("history");
        if (given == null || given.isNull()) {
            return new Since(text, List.of(), strict);
        }
        List<Sequence> history = new ArrayList<>(given.size());
        for (JsonNode one : given) {
            Sequence sequence = one.isString() ? Sequence.parse(one.stringValue()) : Sequence.ZERO;
            boolean bare = sequence.number() > 0 && sequence.hashPrefix() == 0;
            if (!one.isString() || bare) {
                throw new RequestException(ErrorCode.HISTORY_NOT_SEQS);
            }
            history.add(sequence);
        }
        if (!given.isArray()) {
            throw new RequestException(ErrorCode.HISTORY_NOT_SEQS);
        }
        return new Since(text, history, true);
    }

    /**
     * The seq after which to begin. One that is ahead of the head is waited for, and nothing is known of its history
     * until then; unless a database that had the name before came as far, whose position it is then.
     *
     * @param waits whether the feed waits for what is to come by itself
     * @throws RequestException 400 for what is malformed; 404, 503 for a block that is not there; 503 {@code
     *     block_not_reached} for a position that is not there in time; 409 {@code other_history} where neither the seq
     *     nor any of the history is of this database, and the client is strict
     */
    Start start(DatabaseRequest request, boolean descending, boolean waits) {
        if (FOREIGN.matcher(text).matches()) {
            return descending ? new Start(head(request), Standing.HERE) : elsewhere(request.database());
        }
        Sequence named = named(request);
        if (descending || text.equals("now")) {
            return new Start(head(request), Standing.HERE);
        }
        Start start = start(request, named);
        if (start.standing == Standing.AHEAD && !waits) {
            request.awaitChange(named.number() - 1, request.blockWait());
            start = start(request, named);
            if (start.standing == Standing.AHEAD) {
                throw new BlockRefusal(ErrorCode.POSITION_NOT_REACHED, request.database(), text, text, head(request));
            }
        }
        return start;
    }

    private Start start(DatabaseRequest request, Sequence named) {
        Sequence head = head(request);
        // What is older than a pin is this history's as much as what is newer.
        try (Reader newest = request.current()) {
            if (newest.changes().recognizes(named)) {
                return new Start(earlier(named, head), Standing.HERE);
            }
            Sequence common = newest.changes().commonAncestor(history);
            if (common != null) {
                return new Start(earlier(common, head), Standing.REWOUND);
            }
            if (named.number() > newest.block().lastSeq() && !newest.changes().isOfFormerDatabase(named)) {
                return new Start(named, Standing.AHEAD);
            }
        }
        return elsewhere(request.database());
    }

    /** Where to begin, the position being one of another history. */
    Start elsewhere(Database database) {
        if (strict) {
            throw new BlockRefusal(ErrorCode.OTHER_HISTORY, database, text, text)
                    .with("restart", Sequence.ZERO.toString());
        }
        return new Start(Sequence.ZERO, Standing.ANEW);
    }

    private static Sequence head(DatabaseRequest request) {
        try (Reader reader = request.reader()) {
            return reader.block().lastSequence();
        }
    }

    private static Sequence earlier(Sequence one, Sequence other) {
        return one.number() <= other.number() ? one : other;
    }

    private Sequence named(DatabaseRequest request) {
        if (text.equals("now")) {
            return Sequence.ZERO;
        }
        if (text.startsWith(BLOCK)) {
            String block = text.substring(BLOCK.length());
            BlockParameters wanted = BlockParameters.exactly(request, block);
            return request.blockAt(wanted).lastSequence();
        }
        if (BlockParameters.isTime(text)) {
            Block before = BlockLookup.before(request, text);
            return before == null ? Sequence.ZERO : before.lastSequence();
        }
        return Sequence.parse(text);
    }

    /** What became of the position that was asked for. */
    enum Standing {
        /** It is this history's. */
        HERE,
        /** It is not there yet. */
        AHEAD,
        /** It is another history's, and the newest of the reader's earlier ones counts. */
        REWOUND,
        /** It is another history's, and the feed begins at the beginning. */
        ANEW
    }

    record Start(Sequence sequence, Standing standing) {}
}
