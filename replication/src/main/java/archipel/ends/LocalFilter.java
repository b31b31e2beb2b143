package archipel.ends;

import archipel.changes.Change;
import archipel.changes.Waiter;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.Leaf;
import archipel.document.Names;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.functions.DesignFunctions;
import archipel.functions.FunctionDocument;
import archipel.mango.Selector;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.view.DesignDocument;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a {@link Selection} lets through of the changes of a database of this node. */
interface LocalFilter {
    /** A changed document, and those of its leaves that pass; at least one. */
    record Passed(String id, List<Leaf> leaves) {}

    /** What passes of some changes, in their order. */
    List<Passed> passed(Reader reader, List<Change> changes, boolean winnersOnly) throws IOException;

    /** @throws RequestException where there is no such function, or it is none */
    static LocalFilter of(LocalEnd end, Database database, Reader reader, Selection selection) {
        return switch (selection) {
            case Selection.All _ -> (_, changes, winnersOnly) -> all(changes, winnersOnly);
            case Selection.Ids ids -> {
                Set<String> wanted = new HashSet<>(ids.ids());
                yield (_, changes, winnersOnly) -> all(changes, winnersOnly).stream()
                        .filter(each -> wanted.contains(each.id))
                        .toList();
            }
            case Selection.Matching matching -> {
                Selector selector = Selector.compile(matching.selector());
                yield new OfDocuments((documents, _) -> {
                    boolean[] passed = new boolean[documents.size()];
                    for (int i = 0; i < passed.length; i++) {
                        passed[i] = selector.matches(JsonTree.ofValid(documents.get(i)));
                    }
                    return passed;
                });
            }
            case Selection.Filter filter -> named(end, database, reader, filter);
        };
    }

    private static LocalFilter named(LocalEnd end, Database database, Reader reader, Selection.Filter filter) {
        return switch (filter.name()) {
            case "_design" ->
                (_, changes, winnersOnly) -> all(changes, winnersOnly).stream()
                        .filter(each -> Names.isDesign(each.id))
                        .toList();
            case "_view" -> {
                String[] view = filter.parameters().path("view").asString("").split("/", -1);
                DesignFunctions design = design(end, reader, view[0], "views", view[1]);
                yield new OfDocuments((documents, waiter) -> design.viewFilter(view[1], documents, waiter));
            }
            default -> {
                if (filter.isBuiltIn()) {
                    throw new RequestException(ErrorCode.UNKNOWN_BUILTIN_FILTER);
                }
                DesignFunctions design = design(end, reader, filter.design(), "filters", filter.function());
                byte[] request = request(end, database, filter);
                yield new OfDocuments(
                        (documents, waiter) -> design.filter(filter.function(), documents, request, waiter));
            }
        };
    }

    private static DesignFunctions design(LocalEnd end, Reader reader, String name, String section, String function) {
        DesignDocument design = DesignDocument.read(reader, name);
        design.require(section, function);
        design.requireJavaScript();
        return end.databases().functions().engine().design(design);
    }

    /** The request that a filter sees: its parameters, and on whose behalf. */
    private static byte[] request(LocalEnd end, Database database, Selection.Filter filter) {
        JsonBuffer json = new JsonBuffer(512).ascii("{\"method\":\"GET\",\"path\":[");
        json.string(database.name()).ascii(",\"_changes\"],\"query\":");
        json.raw(JsonTree.bytes(filter.parameters())).ascii(",\"headers\":{},\"form\":{},\"cookie\":{},\"userCtx\":");
        return json.raw(end.user().json(database.name())).ascii('}').toByteArray();
    }

    private static List<Passed> all(List<Change> changes, boolean winnersOnly) {
        return changes.stream()
                .map(change -> new Passed(change.id(), wanted(change, winnersOnly)))
                .toList();
    }

    private static List<Leaf> wanted(Change change, boolean winnersOnly) {
        return winnersOnly ? List.of(change.winner()) : change.leaves();
    }

    /** Says of each of some documents whether it passes. */
    @FunctionalInterface
    interface Predicate {
        boolean[] passed(List<byte[]> documents, Waiter waiter) throws IOException;
    }

    /** A filter that looks into documents, many at a time. */
    record OfDocuments(Predicate predicate) implements LocalFilter {
        /** So much is asked about at once, or one document. */
        private static final int BYTES = 1 << 20;

        @Override
        public List<Passed> passed(Reader reader, List<Change> changes, boolean winnersOnly) throws IOException {
            List<Passed> all = new ArrayList<>();
            List<byte[]> documents = new ArrayList<>();
            List<Leaf> leaves = new ArrayList<>();
            List<String> ids = new ArrayList<>();
            long bytes = 0;
            for (Change change : changes) {
                DocumentRecord record = reader.documents().find(change.id());
                for (Leaf leaf : wanted(change, winnersOnly)) {
                    DocumentBody body =
                            record == null ? null : reader.documents().body(record, leaf.revision());
                    if (record != null && body != null) {
                        byte[] json = FunctionDocument.stored(record, leaf.revision(), body, false);
                        documents.add(json);
                        leaves.add(leaf);
                        ids.add(change.id());
                        bytes += json.length;
                    }
                }
                if (bytes >= BYTES) {
                    ask(ids, leaves, documents, all);
                    bytes = 0;
                }
            }
            ask(ids, leaves, documents, all);
            return all;
        }

        private void ask(List<String> ids, List<Leaf> leaves, List<byte[]> documents, List<Passed> all)
                throws IOException {
            boolean[] passed = documents.isEmpty() ? new boolean[0] : predicate.passed(documents, Waiter.PATIENT);
            for (int i = 0; i < passed.length; i++) {
                if (!passed[i]) {
                    continue;
                }
                boolean same = !all.isEmpty() && all.getLast().id.equals(ids.get(i));
                if (same) {
                    all.getLast().leaves.add(leaves.get(i));
                } else {
                    List<Leaf> own = new ArrayList<>(1);
                    own.add(leaves.get(i));
                    all.add(new Passed(ids.get(i), own));
                }
            }
            ids.clear();
            leaves.clear();
            documents.clear();
        }
    }
}
