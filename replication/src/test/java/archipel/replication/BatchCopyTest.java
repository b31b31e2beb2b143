package archipel.replication;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.Revision;
import archipel.ends.AttachedDocument;
import archipel.ends.AttachmentStub;
import archipel.ends.BatchRefusedException;
import archipel.ends.ChangedDocument;
import archipel.ends.FetchedDocument;
import archipel.ends.MissingRevisions;
import archipel.ends.MissingStubException;
import archipel.ends.ReplicationException;
import archipel.ends.ReplicationStatistics;
import archipel.ends.WriteBatch;
import archipel.ends.WriteReport;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of revisions that a source leaves out of an answer, and of those that a target refuses. */
class BatchCopyTest {
    private final List<String> stored = new ArrayList<>();
    private ReplicationStatistics done = ReplicationStatistics.NONE;

    /** A target that lacks everything, has an ancestor of it, and takes what it is given. */
    private class LackingEverything extends UnusedEnd {
        @Override
        public Iterable<MissingRevisions> missing(Iterable<ChangedDocument> changed) {
            List<MissingRevisions> missing = new ArrayList<>();
            changed.forEach(one ->
                    missing.add(new MissingRevisions(one.id(), one.revisions(), List.of(Revision.parse("1-known")))));
            return missing;
        }

        @Override
        public WriteReport write(WriteBatch batch) {
            for (int i = 0; i < batch.documents(); i++) {
                stored.add(batch.id(i) + " " + batch.revision(i));
            }
            return WriteReport.stored(batch.documents());
        }

        @Override
        public WriteReport writeAttached(AttachedDocument document) throws IOException {
            stored.add(document.document().id() + " " + document.document().revision());
            return WriteReport.stored(1);
        }
    }

    private record Alone(FetchedDocument document) implements AttachedDocument {
        @Override
        public List<AttachmentStub> following() {
            return List.of();
        }

        @Override
        public InputStream next() {
            throw new IllegalStateException("nothing follows");
        }
    }

    /** @param revs hashes of the revision and its ancestors */
    private static FetchedDocument document(String id, String... revs) {
        byte[] json = ("{\"_id\":\"" + id + "\",\"_rev\":\"" + revs.length + "-" + revs[0]
                        + "\",\"_revisions\":{\"start\":" + revs.length + ",\"ids\":[\"" + String.join("\",\"", revs)
                        + "\"]}}")
                .getBytes(UTF_8);
        return FetchedDocument.of(json, 0, json.length);
    }

    private static ChangedDocument changed(String id, String... revisions) {
        return new ChangedDocument(
                id, Arrays.stream(revisions).map(Revision::parse).toList());
    }

    private void copy(UnusedEnd source, UnusedEnd target, ChangedDocument... changed)
            throws ReplicationException, IOException, InterruptedException {
        Retries once = new Retries(ReplicationEnvironment.real(), 0, () -> false);
        new BatchCopy(source, target, once, more -> done = done.plus(more), changed.length).copy(List.of(changed));
    }

    /** Streams each revision that is wanted. */
    private static class Streaming extends UnusedEnd {
        @Override
        public void stream(MissingRevisions wanted, AttachedSink sink)
                throws ReplicationException, IOException, InterruptedException {
            for (Revision revision : wanted.missing()) {
                sink.document(new Alone(document(wanted.id(), revision.hash(), "known")));
            }
        }
    }

    @Test
    void document_refusedOnceAllContentComes_isCountedAndTheOthersGoOn() throws Exception {
        copy(
                new Streaming(),
                new LackingEverything() {
                    private boolean told;

                    @Override
                    public WriteReport writeAttached(AttachedDocument document) throws IOException {
                        if (document.document().id().equals("_design/other")) {
                            return super.writeAttached(document);
                        }
                        if (!told) {
                            told = true;
                            throw new MissingStubException("a stub");
                        }
                        throw new BatchRefusedException("too_large", "it is too large");
                    }
                },
                changed("_design/large", "2-a"),
                changed("_design/other", "2-b"));
        assertEquals(List.of("_design/other 2-b"), stored);
        assertEquals(1, done.writeFailures());
        assertEquals(1, done.documentsWritten());
    }

    @Test
    void revisions_oneOfWhichIsRefused_areStoredButForThatOne() throws Exception {
        copy(
                new Streaming(),
                new LackingEverything() {
                    @Override
                    public WriteReport writeAttached(AttachedDocument document) throws IOException {
                        if (document.document().revision().hash().equals("a")) {
                            throw new BatchRefusedException("forbidden", "not this one");
                        }
                        return super.writeAttached(document);
                    }
                },
                changed("_design/d", "2-a", "2-b"));
        assertEquals(List.of("_design/d 2-b"), stored);
        assertEquals(1, done.writeFailures());
        assertEquals(1, done.documentsWritten());
    }

    /** Answers bulk requests with some documents only, and streams nothing unless a test says what. */
    private static class Forgetting extends UnusedEnd {
        private final List<FetchedDocument> documents;
        private final List<FetchedDocument> alone;

        Forgetting(List<FetchedDocument> documents, List<FetchedDocument> alone) {
            this.documents = documents;
            this.alone = alone;
        }

        @Override
        public ReplicationStatistics fetch(Iterable<MissingRevisions> wanted, Content content, Sink sink)
                throws ReplicationException, IOException, InterruptedException {
            for (FetchedDocument one : documents) {
                sink.document(one);
            }
            return ReplicationStatistics.NONE;
        }

        @Override
        public void stream(MissingRevisions wanted, AttachedSink sink)
                throws ReplicationException, IOException, InterruptedException {
            for (FetchedDocument one : alone) {
                if (one.id().equals(wanted.id())) {
                    sink.document(new Alone(one));
                }
            }
        }
    }

    private void assertMissing(UnusedEnd source, ChangedDocument... changed) {
        ReplicationException failure =
                assertThrows(ReplicationException.class, () -> copy(source, new LackingEverything(), changed));
        assertEquals("missing_doc", failure.error());
        assertTrue(failure.isPassing());
    }

    @Test
    void revision_leftOutOfABulkAnswer_isAskedForAlone() throws Exception {
        copy(
                new Forgetting(List.of(document("a", "x")), List.of(document("b", "y"))),
                new LackingEverything(),
                changed("a", "1-x"),
                changed("b", "1-y"));
        assertEquals(List.of("a 1-x", "b 1-y"), stored);
    }

    @Test
    void revision_thatIsNotSentAloneEither_endsTheCopy() {
        assertMissing(new Forgetting(List.of(document("a", "x")), List.of()), changed("a", "1-x"), changed("b", "1-y"));
        assertEquals(List.of("a 1-x"), stored);
    }

    @Test
    void revision_inWhosePlaceAnotherBranchIsSent_endsTheCopy() {
        FetchedDocument other = document("a", "z", "w");
        assertMissing(new Forgetting(List.of(other), List.of(other)), changed("a", "1-x"));
    }

    @Test
    void revision_thatHasGrownMeanwhile_isNotAskedForAgain() throws Exception {
        copy(
                new Forgetting(List.of(document("a", "z", "y", "x")), List.of()),
                new LackingEverything(),
                changed("a", "1-x"));
        assertEquals(List.of("a 3-z"), stored);
    }

    @Test
    void designDocument_oneOfWhoseRevisionsIsLeftOut_endsTheCopy() {
        assertMissing(
                new Forgetting(List.of(), List.of(document("_design/d", "x"))), changed("_design/d", "1-x", "1-y"));
    }
}
