package archipel.mango;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.engine.Snapshot;
import archipel.index.IndexException;
import archipel.index.IndexReader;
import java.io.IOException;
import tools.jackson.databind.node.ObjectNode;

/** Answers queries over one snapshot. For one thread, while the snapshot is open. */
public final class Finder {
    private final Snapshot snapshot;
    private final FindContext context;

    public Finder(Snapshot snapshot, FindContext context) {
        this.snapshot = snapshot;
        this.context = context;
    }

    /**
     * Hands on what matches as it is found.
     *
     * @throws RequestException 400 {@code no_usable_index}, {@code invalid_index}, {@code invalid_bookmark}; before the
     *     first result
     */
    public FindResult find(FindQuery query, MatchedDocument.Sink results) throws IOException {
        Plan plan = plan(query);
        if (plan.index() == null) {
            throw new RequestException(ErrorCode.NO_INDEX_FOR_SORT);
        }
        return new FindExecutor(snapshot, query, plan, context, results).run();
    }

    /**
     * How the query would be answered, in CouchDB's form, with estimates of rows besides.
     *
     * @throws RequestException 400 {@code invalid_index}, {@code invalid_bookmark}
     */
    public ObjectNode explain(FindQuery query, String database) {
        return new Explanation(query, plan(query), this::rows, snapshot.state().documents()).json(database);
    }

    private Plan plan(FindQuery query) {
        return new Planner(
                        context.catalog(),
                        query,
                        context.sortMemory() > 0,
                        context.seesAll(),
                        snapshot.state().documents(),
                        this::rows)
                .plan();
    }

    /** As the index is: an estimate is not worth waiting for. -1 where there is none yet. */
    private long rows(FieldIndex index, ByteRanges keys) {
        IndexOpener indexes = context.indexes();
        if (indexes == null) {
            return -1;
        }
        long rows = 0;
        try (IndexReader reader = indexes.open(index, snapshot.state().head().number(), false)) {
            for (ByteRanges.Range range : keys.ranges()) {
                rows += reader.count(index.view(), range.from(), range.to());
            }
        } catch (IndexException e) {
            return -1;
        }
        return rows;
    }
}
