package archipel.mango;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.index.IndexException;
import archipel.index.IndexReader;
import archipel.mango.Plan.Access;
import archipel.read.Reader;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/** Answers queries over one reader. For one thread, while that is open. */
public final class Finder {
    private final Reader reader;
    private final FindContext context;

    public Finder(Reader reader, FindContext context) {
        this.reader = reader;
        this.context = context;
    }

    /**
     * Hands on what matches as it is found.
     *
     * @throws RequestException 400 {@code no_usable_index}, {@code invalid_index}, {@code invalid_bookmark}; before the
     *     first result
     */
    public FindResult find(FindQuery query, MatchedDocument.Sink results) throws IOException {
        return prepare(query).run(results);
    }

    /**
     * Decides how the query is answered, without waiting for anything.
     *
     * @throws RequestException 400 {@code no_usable_index}, {@code invalid_index}, {@code invalid_bookmark}
     */
    public Prepared prepare(FindQuery query) {
        Plan plan = plan(query);
        if (plan.index() == null) {
            throw new RequestException(ErrorCode.NO_INDEX_FOR_SORT);
        }
        return new Prepared(query, plan);
    }

    /** A query, and the plan that it is answered by. */
    public final class Prepared {
        private final FindQuery query;
        private final Plan plan;

        private Prepared(FindQuery query, Plan plan) {
            this.query = query;
            this.plan = plan;
        }

        /** The indexes that {@link #run} would wait for, perhaps for long. */
        public List<FieldIndex> awaited() {
            IndexOpener indexes = context.indexes();
            if (indexes == null || query.limit() == 0) {
                return List.of();
            }
            List<Access.Keys> walks = switch (plan.access()) {
                case Access.Keys keys -> List.of(keys);
                case Access.Union union -> union.walks();
                case Access.Nothing _, Access.Documents _ -> List.of();
            };
            return walks.stream()
                    .map(Access.Keys::index)
                    .filter(index -> !indexes.isNear(index) && (query.update() || !canBeReadAsItIs(index)))
                    .toList();
        }

        /**
         * Hands on what matches as it is found.
         *
         * @throws RequestException 400 {@code no_usable_index}; before the first result
         * @throws IOException of the sink, and of the client
         */
        public FindResult run(MatchedDocument.Sink results) throws IOException {
            return new FindExecutor(reader, query, plan, context, results).run();
        }
    }

    private boolean canBeReadAsItIs(FieldIndex index) {
        try {
            Objects.requireNonNull(context.indexes()).openAsItIs(reader, index).close();
            return true;
        } catch (IndexException e) {
            return false;
        }
    }

    /**
     * How the query would be answered, in CouchDB's form, with estimates of rows besides.
     *
     * @throws RequestException 400 {@code invalid_index}, {@code invalid_bookmark}
     */
    public ObjectNode explain(FindQuery query, String database) {
        return new Explanation(query, plan(query), this::rows, documents()).json(database);
    }

    private Plan plan(FindQuery query) {
        return new Planner(
                        context.catalog(), query, context.sortMemory() > 0, context.seesAll(), documents(), this::rows)
                .plan();
    }

    /** An estimate, too; -1 where it would take a look at every document, since some are hidden from the reader. */
    private long documents() {
        return reader.seesEverything() ? reader.documents().count() : -1;
    }

    /** As the index is: an estimate is not worth waiting for. -1 where there is none yet, or it would be dear. */
    private long rows(FieldIndex index, ByteRanges keys) {
        IndexOpener indexes = context.indexes();
        if (indexes == null || !reader.seesEverything()) {
            return -1;
        }
        long count = 0;
        try (IndexReader rows = indexes.openAsItIs(reader, index)) {
            for (ByteRanges.Range range : keys.ranges()) {
                count += rows.count(index.view(), range.from(), range.to());
            }
        } catch (IndexException e) {
            return -1;
        }
        return count;
    }
}
