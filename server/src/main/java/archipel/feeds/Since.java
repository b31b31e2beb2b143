package archipel.feeds;

import archipel.blocks.BlockLookup;
import archipel.changes.Block;
import archipel.changes.Sequence;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.engine.Snapshot;
import archipel.http.BlockParameters;
import archipel.http.BlockRefusal;
import archipel.http.Exchange;
import java.util.ArrayList;
import java.util.List;
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
 */
record Since(String text, List<Sequence> history) {
    private static final String BLOCK = "block:";

    /** @throws RequestException 400 where the body's {@code history} is no list of seqs with their hashes */
    static Since of(String text, @Nullable ObjectNode body) {
        JsonNode given = body == null ? null : body.get("history");
        if (given == null || given.isNull()) {
            return new Since(text, List.of());
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
        return new Since(text, history);
    }

    /**
     * The seq after which to begin.
     *
     * @throws RequestException 400 for what is malformed; 404, 503 for a block that is not there; 409 {@code
     *     other_history} where neither the seq nor any of the history is of this database
     */
    Start start(Exchange exchange, boolean descending) {
        Sequence named = named(exchange);
        Sequence head;
        try (Snapshot snapshot = exchange.snapshot()) {
            head = snapshot.state().head().lastSequence();
        }
        boolean pastTheEnd = named.number() > head.number() && named.hashPrefix() == 0;
        if (descending || text.equals("now") || pastTheEnd) {
            return new Start(head, false);
        }
        // What is older than a pin is this history's as much as what is newer.
        try (Snapshot newest = exchange.database().snapshot()) {
            if (newest.recognizes(named)) {
                return new Start(earlier(named, head), false);
            }
            Sequence common = newest.commonAncestor(history);
            if (common != null) {
                return new Start(earlier(common, head), true);
            }
        }
        throw new BlockRefusal(ErrorCode.OTHER_HISTORY, exchange.database(), text, text)
                .with("restart", Sequence.ZERO.toString());
    }

    private static Sequence earlier(Sequence one, Sequence other) {
        return one.number() <= other.number() ? one : other;
    }

    private Sequence named(Exchange exchange) {
        if (text.equals("now")) {
            return Sequence.ZERO;
        }
        if (text.startsWith(BLOCK)) {
            String block = text.substring(BLOCK.length());
            BlockParameters wanted = BlockParameters.exactly(exchange.database(), block, exchange.blockWait());
            return BlockLookup.find(exchange, wanted).lastSequence();
        }
        if (BlockParameters.isTime(text)) {
            Block before = BlockLookup.before(exchange, text);
            return before == null ? Sequence.ZERO : before.lastSequence();
        }
        return Sequence.parse(text);
    }

    /** @param rewound whether it is not where the reader asked for, but further back */
    record Start(Sequence sequence, boolean rewound) {}
}
