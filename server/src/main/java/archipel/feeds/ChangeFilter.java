package archipel.feeds;

import archipel.changes.Waiter;
import archipel.document.DocumentBody;
import archipel.document.Leaf;
import archipel.functions.FunctionDocument;
import archipel.mango.Selector;
import archipel.read.DocumentCursor;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which changes a client wants to see. */
sealed interface ChangeFilter {
    /** With fewer changes than this to look at, it is not worth while to ask for documents one by one. */
    int WORTH_WALKING = 1000;

    /**
     * The leaves to show of a changed document, in the order given; none when the change is not to be shown.
     *
     * @param leaves all of the document's, or its winner alone
     * @param waiter who waits for it
     * @throws IOException of the waiter
     */
    List<Leaf> select(Reader reader, String id, List<Leaf> leaves, Waiter waiter) throws IOException;

    /**
     * The documents that may pass, where they are known and fewer than the changes to look at; null where the changes
     * are to be walked.
     *
     * @param changes how many changes there are at the most
     */
    default @Nullable List<DocumentRecord> candidates(Reader reader, long changes) {
        return null;
    }

    /** Says of each of some documents whether it passes. */
    @FunctionalInterface
    interface Predicate {
        /** @throws IOException of the waiter; the work is cancelled */
        boolean[] passed(List<byte[]> documents, Waiter waiter) throws IOException;
    }

    /** A document that a filter is asked about, and those of its leaves that are wanted. */
    record Asked(String id, List<Leaf> leaves) {}

    /**
     * A function of a design document.
     *
     * @param function makes the choice
     * @param conflicts whether documents are shown to it with their conflicts
     */
    record ByFunction(Predicate function, boolean conflicts) implements ChangeFilter {
        /** So much is given to a function at once, or one document. */
        private static final int BYTES = 1 << 20;

        @Override
        public List<Leaf> select(Reader reader, String id, List<Leaf> leaves, Waiter waiter) throws IOException {
            return select(reader, List.of(new Asked(id, leaves)), waiter).getFirst();
        }

        /** As the other one, for many documents. */
        List<List<Leaf>> select(Reader reader, List<Asked> asked, Waiter waiter) throws IOException {
            List<List<Leaf>> selected = new ArrayList<>(asked.size());
            List<byte[]> documents = new ArrayList<>();
            List<Runnable> whenPassed = new ArrayList<>();
            long bytes = 0;
            for (Asked one : asked) {
                List<Leaf> passed = new ArrayList<>(1);
                selected.add(passed);
                DocumentRecord record = reader.documents().find(one.id());
                for (Leaf leaf : one.leaves()) {
                    DocumentBody body = reader.documents().leafBody(one.id(), leaf.revision());
                    if (record != null && body != null) {
                        byte[] document = FunctionDocument.stored(record, leaf.revision(), body, conflicts);
                        documents.add(document);
                        whenPassed.add(() -> passed.add(leaf));
                        bytes += document.length;
                    }
                }
                if (bytes >= BYTES) {
                    ask(documents, whenPassed, waiter);
                    bytes = 0;
                }
            }
            ask(documents, whenPassed, waiter);
            return selected;
        }

        private void ask(List<byte[]> documents, List<Runnable> whenPassed, Waiter waiter) throws IOException {
            if (documents.isEmpty()) {
                return;
            }
            boolean[] passed = function.passed(List.copyOf(documents), waiter);
            for (int i = 0; i < passed.length; i++) {
                if (passed[i]) {
                    whenPassed.get(i).run();
                }
            }
            documents.clear();
            whenPassed.clear();
        }
    }

    /** Shows everything. */
    record Everything() implements ChangeFilter {
        @Override
        public List<Leaf> select(Reader reader, String id, List<Leaf> leaves, Waiter waiter) {
            return leaves;
        }
    }

    /** {@code _doc_ids}. */
    record Ids(Set<String> ids) implements ChangeFilter {
        @Override
        public List<Leaf> select(Reader reader, String id, List<Leaf> leaves, Waiter waiter) {
            return ids.contains(id) ? leaves : List.of();
        }

        @Override
        public @Nullable List<DocumentRecord> candidates(Reader reader, long changes) {
            if (changes <= Math.max(ids.size(), WORTH_WALKING)) {
                return null;
            }
            List<DocumentRecord> records = new ArrayList<>(ids.size());
            for (String id : ids) {
                DocumentRecord record = reader.documents().find(id);
                if (record != null) {
                    records.add(record);
                }
            }
            return records;
        }
    }

    /** {@code _design}. */
    record Designs() implements ChangeFilter {
        private static final String PREFIX = "_design/";

        @Override
        public List<Leaf> select(Reader reader, String id, List<Leaf> leaves, Waiter waiter) {
            return id.startsWith(PREFIX) ? leaves : List.of();
        }

        @Override
        public @Nullable List<DocumentRecord> candidates(Reader reader, long changes) {
            if (changes <= WORTH_WALKING) {
                return null;
            }
            List<DocumentRecord> records = new ArrayList<>();
            try (DocumentCursor cursor = reader.documents().cursor(PREFIX, false, false)) {
                while (cursor.next() && cursor.id().startsWith(PREFIX)) {
                    records.add(cursor.record());
                }
            }
            return records;
        }
    }

    /** {@code _selector}. */
    record Matching(Selector selector) implements ChangeFilter {
        @Override
        public List<Leaf> select(Reader reader, String id, List<Leaf> leaves, Waiter waiter) {
            List<Leaf> matching = null;
            for (Leaf leaf : leaves) {
                DocumentBody body = reader.documents().leafBody(id, leaf.revision());
                if (body != null && selector.matches(DocumentTree.of(reader, id, leaf, body))) {
                    if (leaves.size() == 1) {
                        return leaves;
                    }
                    if (matching == null) {
                        matching = new ArrayList<>(leaves.size());
                    }
                    matching.add(leaf);
                }
            }
            return matching == null ? List.of() : matching;
        }
    }
}
