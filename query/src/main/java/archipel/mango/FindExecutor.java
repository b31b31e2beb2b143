package archipel.mango;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.document.DocumentBody;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.index.IndexException;
import archipel.index.IndexKeys;
import archipel.index.IndexReader;
import archipel.mango.Plan.Access;
import archipel.mango.SortBuffer.Entry;
import archipel.mango.SortBuffer.SortKeys;
import archipel.memory.Allowance;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.io.IOException;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Carries out one query over one reader: walks where the plan says, and hands on what matches as it is found. Only a
 * union of walks and a sort keep anything, ids and sort keys, within the memory that they are given.
 */
final class FindExecutor {
    /** What an id takes in a set, besides its characters, about. */
    private static final int ID_BYTES = 80;

    private final Reader reader;
    private final FindQuery query;
    private final Plan plan;
    private final FindContext context;
    private final MatchedDocument.Sink results;
    private final @Nullable Set<String> members;
    private final @Nullable Coverage coverage;
    private final @Nullable Bookmark bookmark;
    private long keysExamined;
    private long docsExamined;
    private long skipped;
    private long returned;
    private @Nullable Bookmark last;

    FindExecutor(Reader reader, FindQuery query, Plan plan, FindContext context, MatchedDocument.Sink results) {
        this.reader = reader;
        this.query = query;
        this.plan = plan;
        this.context = context;
        this.results = results;
        this.members = members(query);
        this.coverage =
                plan.access() instanceof Access.Keys keys && keys.covering() ? new Coverage(keys.index()) : null;
        this.bookmark = query.bookmark().isEmpty() ? null : Bookmark.parse(query.bookmark());
    }

    /** The members that will be looked at; null for all. */
    private static @Nullable Set<String> members(FindQuery query) {
        Set<String> selected = query.selector().members();
        Set<String> shown =
                query.projection().isWhole() ? Set.of() : query.projection().members();
        if (selected == null || shown == null) {
            return null;
        }
        Set<String> members = new HashSet<>(selected);
        members.addAll(shown);
        query.sort()
                .fields()
                .forEach(field -> members.add(new FieldPath(field).names().getFirst()));
        return members;
    }

    /** @throws RequestException 400 {@code no_usable_index} where sorting takes more memory than there is */
    FindResult run() throws IOException {
        boolean unsatisfiable = plan.access() instanceof Access.Nothing;
        if (!unsatisfiable && query.limit() > 0) {
            try (Walk walk = walk(plan.access())) {
                if (plan.sorts()) {
                    sort(walk);
                } else {
                    pass(walk);
                }
            }
        }
        return new FindResult(
                unsatisfiable,
                last != null ? last.toString() : query.bookmark().isEmpty() ? Bookmark.NONE : query.bookmark(),
                keysExamined,
                docsExamined,
                returned,
                new Warnings(query, plan, context.scanWarningRatio()).of(docsExamined, returned));
    }

    private void pass(Walk walk) throws IOException {
        while (returned < query.limit() && walk.next()) {
            context.client().check();
            ObjectNode document = matching(walk);
            if (document != null) {
                last = new Bookmark(walkName(), walk.sortKey(), walk.id());
                show(walk, document);
            }
        }
        // CouchDB looks one further, to see whether it is to go on.
        if (returned == query.limit() && query.executionStats() && walk.next()) {
            docsExamined += coverage == null ? 1 : 0;
        }
        keysExamined = walk.keysExamined();
    }

    private void show(Walk walk, ObjectNode document) throws IOException {
        if (skipped < query.skip()) {
            skipped++;
            return;
        }
        returned++;
        if (coverage != null) {
            results.add(new MatchedDocument(null, null, document));
        } else {
            results.add(new MatchedDocument(walk.record(), visible(walk), document));
        }
    }

    /** Null where it does not match, or is not to be seen. */
    private @Nullable ObjectNode matching(Walk walk) {
        ObjectNode document;
        JsonNode key = walk.key();
        if (key != null && coverage != null) {
            document = coverage.document(walk.id(), key);
        } else {
            docsExamined++;
            DocumentBody body = visible(walk);
            if (body == null) {
                return null;
            }
            document = QueriedDocument.of(walk.record(), body, query.conflicts(), members);
        }
        return query.selector().matches(document) ? document : null;
    }

    private @Nullable DocumentBody visible(Walk walk) {
        DocumentBody body = walk.body();
        return body == null ? null : context.visibility().see(walk.id(), body);
    }

    private void sort(Walk walk) throws IOException {
        long wanted = query.skip() + query.limit() < 0 ? Long.MAX_VALUE : query.skip() + query.limit();
        SortBuffer buffer =
                new SortBuffer(wanted, context.sortMemory(), query.sort().descending());
        SortKeys keys = new SortKeys(query.sort());
        Entry after = bookmark == null ? null : new Entry(bookmark.key(), bookmark.id());
        while (walk.next()) {
            context.client().check();
            ObjectNode document = matching(walk);
            byte[] key = document == null ? null : keys.of(document);
            if (key != null) {
                Entry entry = new Entry(key, walk.id());
                if (after == null || buffer.isAfter(entry, after)) {
                    buffer.add(entry);
                }
            }
        }
        keysExamined = walk.keysExamined();
        List<Entry> sorted = buffer.sorted();
        Iterator<String> ids = sorted.stream().map(Entry::id).iterator();
        try (Walk again = new IdWalk(reader, ids, 0)) {
            for (Entry entry : sorted) {
                last = new Bookmark(Bookmark.sorted(), entry.key(), entry.id());
                if (!again.next() || !again.id().equals(entry.id())) {
                    throw new IllegalStateException("document " + entry.id() + " is gone from the state that is read");
                }
                DocumentBody body = visible(again);
                if (body != null) {
                    show(again, QueriedDocument.of(again.record(), body, query.conflicts(), members));
                }
            }
        }
    }

    private String walkName() {
        return plan.access() instanceof Access.Keys keys ? keys.index().walk() : Bookmark.DOCUMENTS;
    }

    private Walk walk(Access access) throws IOException {
        boolean descending = query.sort().descending() && !plan.sorts();
        return switch (access) {
            case Access.Nothing nothing -> throw new IllegalStateException("nothing to walk over");
            case Access.Documents documents ->
                new DocumentWalk(reader, documents.ids().intersect(idsLeft(descending)), descending);
            case Access.Keys keys -> {
                ByteRanges left = keys.keys();
                if (bookmark != null && !plan.sorts()) {
                    left = left.intersect(
                            descending
                                    ? ByteRanges.of(new byte[0], IndexKeys.before(bookmark.key(), bookmark.id()))
                                    : ByteRanges.of(IndexKeys.after(bookmark.key(), bookmark.id()), null));
                }
                yield new KeyWalk(reader, open(keys), keys.index().view(), left, keys.covering(), descending);
            }
            case Access.Union union -> union(union);
        };
    }

    private IndexReader open(Access.Keys keys) throws IOException {
        IndexOpener indexes = Objects.requireNonNull(context.indexes(), "no indexes to be planned with");
        if (!query.update()) {
            try {
                return indexes.openAsItIs(reader, keys.index());
            } catch (IndexException e) {
                // There is nothing yet that could be read as it is.
                return indexes.open(reader, keys.index());
            }
        }
        return indexes.open(reader, keys.index());
    }

    private ByteRanges idsLeft(boolean descending) {
        if (bookmark == null || plan.sorts()) {
            return ByteRanges.ALL;
        }
        return descending
                ? ByteRanges.of(new byte[0], bookmark.id().getBytes(UTF_8))
                : ByteRanges.of((bookmark.id() + '\0').getBytes(UTF_8), null);
    }

    private Walk union(Access.Union union) throws IOException {
        ByteRanges left = idsLeft(false);
        Set<String> ids = new TreeSet<>(Revision::compareUtf8);
        long rows = 0;
        long bytes = 0;
        for (Access.Keys keys : union.walks()) {
            try (Walk walk = new KeyWalk(reader, open(keys), keys.index().view(), keys.keys(), true, false)) {
                while (walk.next()) {
                    context.client().check();
                    if (left.holds(walk.id().getBytes(UTF_8)) && ids.add(walk.id())) {
                        long one = ID_BYTES + 2L * walk.id().length();
                        Allowance.current().hold(one);
                        bytes += one;
                    }
                    if (bytes > context.sortMemory()) {
                        // Too many to be kept: all documents then, which are in the same order.
                        return new DocumentWalk(reader, left, false);
                    }
                }
                rows += walk.keysExamined();
            }
        }
        return new IdWalk(reader, ids.iterator(), rows);
    }

    /** Documents whose ids are known. */
    static final class IdWalk implements Walk {
        private final Reader reader;
        private final Iterator<String> ids;
        private final long keysExamined;
        private @Nullable DocumentRecord record;

        /** @param keysExamined how many rows it took to know the ids */
        IdWalk(Reader reader, Iterator<String> ids, long keysExamined) {
            this.reader = reader;
            this.ids = ids;
            this.keysExamined = keysExamined;
        }

        @Override
        public boolean next() {
            while (ids.hasNext()) {
                record = reader.documents().find(ids.next());
                if (record != null && !record.winner().deleted()) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public String id() {
            return record().id();
        }

        @Override
        public DocumentRecord record() {
            if (record == null) {
                throw new IllegalStateException("not at a document");
            }
            return record;
        }

        @Override
        public @Nullable DocumentBody body() {
            return reader.documents().body(record(), record().winner().revision());
        }

        @Override
        public long keysExamined() {
            return keysExamined;
        }

        @Override
        public void close() {
            // Holds nothing but the reader, which is another's.
        }
    }
}
