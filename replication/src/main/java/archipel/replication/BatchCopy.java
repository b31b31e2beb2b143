package archipel.replication;

import archipel.document.Names;
import archipel.document.Revision;
import archipel.ends.AttachmentStub;
import archipel.ends.BatchRefusedException;
import archipel.ends.ChangedDocument;
import archipel.ends.End;
import archipel.ends.End.Content;
import archipel.ends.EndFaultException;
import archipel.ends.FetchedDocument;
import archipel.ends.MissingRevisions;
import archipel.ends.MissingStubException;
import archipel.ends.ReplicationException;
import archipel.ends.ReplicationStatistics;
import archipel.ends.WriteBatch;
import archipel.ends.WriteReport;
import archipel.ends.WriteReport.Refusal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies one batch of changed documents, once: asks the target what it lacks, reads that from the source and writes it
 * as it comes. At no time more is held than one batch of writes and one document.
 *
 * <p>Documents without attachments, and those whose attachments the target has, go in bulk. Small attachments come
 * within the JSON, in bulk as well. What is larger passes in pieces, document by document, from one connection to the
 * other. Design documents go alone, since a target may refuse a request for one of them.
 *
 * <p>All of it can be done twice: a target that has a revision says so, or stores it again to no effect.
 */
final class BatchCopy {
    private static final Logger LOG = LoggerFactory.getLogger(BatchCopy.class);

    /** Room for each document to begin with. Where a buffer grows step by step, it leaves twice its size behind. */
    private static final int DOCUMENT_BYTES = 1_300;

    /** Attachments of a document that are no longer than this in all come within its JSON. */
    private static final int INLINE_BYTES = 64 << 10;

    private final End.Source source;
    private final End.Target target;
    private final Retries retries;
    private final Consumer<ReplicationStatistics> done;
    private final WriteBatch writes;
    private final WriteBatch stubs = new WriteBatch(1024);

    /** What was written, so that it need not be read again. */
    private final Set<Named> written = new HashSet<>();

    /** What waits to be written with its stubs, or is. */
    private final Set<Named> stubbed = new HashSet<>();

    private final Map<Named, MissingRevisions> small = new LinkedHashMap<>();
    private final Map<Named, MissingRevisions> large = new LinkedHashMap<>();

    /** What the source did not send when it was asked for many, to be asked for alone. */
    private final Set<Named> absent = new LinkedHashSet<>();

    /**
     * @param done is told what was done, as it happens; not of what is done again
     * @param documents how many there are at the most
     */
    BatchCopy(
            End.Source source,
            End.Target target,
            Retries retries,
            Consumer<ReplicationStatistics> done,
            int documents) {
        this.writes = new WriteBatch(Math.min(documents, target.batchBytes() / DOCUMENT_BYTES + 1) * DOCUMENT_BYTES);
        this.source = source;
        this.target = target;
        this.retries = retries;
        this.done = done;
    }

    private record Named(String id, Revision revision) {}

    /** @throws InterruptedException where the replication was stopped */
    void copy(List<ChangedDocument> changed) throws ReplicationException, IOException, InterruptedException {
        List<MissingRevisions> missing = missing(changed);
        List<MissingRevisions> plain = new ArrayList<>(missing.size());
        for (MissingRevisions one : missing) {
            if (Names.isDesign(one.id())) {
                stream(one);
            } else {
                plain.add(one);
            }
        }
        fetch(plain, Content.NONE);
        flush(stubs);
        fetch(List.copyOf(small.values()), Content.INLINE);
        for (MissingRevisions one : large.values()) {
            stream(one);
        }
        for (Named one : absent) {
            stream(new MissingRevisions(one.id, List.of(one.revision), List.of()));
        }
    }

    private List<MissingRevisions> missing(List<ChangedDocument> changed)
            throws ReplicationException, IOException, InterruptedException {
        Map<String, ChangedDocument> byId = new LinkedHashMap<>(changed.size() * 2);
        for (ChangedDocument one : changed) {
            byId.merge(one.id(), one, BatchCopy::merged);
        }
        long checked = 0;
        for (ChangedDocument one : byId.values()) {
            checked += one.revisions().size();
        }
        List<MissingRevisions> missing = new ArrayList<>();
        retries.call("comparing revisions", () -> {
            missing.clear();
            target.missing(byId.values()).forEach(missing::add);
            return missing;
        });
        long found = 0;
        for (MissingRevisions one : missing) {
            found += one.missing().size();
        }
        done.accept(ReplicationStatistics.compared(checked, found));
        return missing;
    }

    /** A document that changed twice within a batch. */
    private static ChangedDocument merged(ChangedDocument one, ChangedDocument later) {
        Set<Revision> both = new LinkedHashSet<>(one.revisions());
        both.addAll(later.revisions());
        return new ChangedDocument(one.id(), List.copyOf(both));
    }

    private void fetch(List<MissingRevisions> wanted, Content content)
            throws ReplicationException, IOException, InterruptedException {
        if (wanted.isEmpty()) {
            return;
        }
        Outstanding left = retries.call("reading documents", () -> {
            writes.reset();
            List<MissingRevisions> asked = unwritten(wanted);
            Outstanding outstanding = new Outstanding(asked);
            done.accept(source.fetch(asked, content, new Received(content, byId(wanted), outstanding)));
            flush(writes);
            return outstanding;
        });
        left.forEach((id, revision) -> absent.add(new Named(id, revision)));
    }

    private static Map<String, MissingRevisions> byId(List<MissingRevisions> wanted) {
        Map<String, MissingRevisions> byId = new HashMap<>(wanted.size() * 2);
        wanted.forEach(one -> byId.put(one.id(), one));
        return byId;
    }

    private List<MissingRevisions> unwritten(List<MissingRevisions> wanted) {
        if (written.isEmpty()) {
            return wanted;
        }
        List<MissingRevisions> left = new ArrayList<>();
        for (MissingRevisions one : wanted) {
            List<Revision> revisions = one.missing().stream()
                    .filter(revision -> !written.contains(new Named(one.id(), revision)))
                    .toList();
            if (!revisions.isEmpty()) {
                left.add(new MissingRevisions(one.id(), revisions, one.ancestors()));
            }
        }
        return left;
    }

    /** Sorts what comes from the source. */
    private final class Received implements End.Sink {
        private final Content content;
        private final Map<String, MissingRevisions> wanted;
        private final Outstanding outstanding;

        Received(Content content, Map<String, MissingRevisions> wanted, Outstanding outstanding) {
            this.content = content;
            this.wanted = wanted;
            this.outstanding = outstanding;
        }

        @Override
        public void document(FetchedDocument document) throws ReplicationException, IOException, InterruptedException {
            outstanding.received(document);
            if (document.attachments().isEmpty() || content == Content.INLINE) {
                add(writes, document);
                return;
            }
            MissingRevisions asked = wanted.get(document.id());
            List<Revision> known = asked == null ? List.of() : asked.ancestors();
            List<AttachmentStub> lacking = document.lacking(known);
            Named named = new Named(document.id(), document.revision());
            if (lacking.isEmpty()) {
                if (stubbed.add(named)) {
                    add(stubs, document);
                }
                return;
            }
            long bytes = 0;
            boolean encoded = false;
            for (AttachmentStub stub : lacking) {
                bytes += stub.length() < 0 ? INLINE_BYTES + 1 : stub.length();
                encoded |= stub.encoding() != null;
            }
            MissingRevisions one = new MissingRevisions(document.id(), List.of(document.revision()), known);
            // Within JSON content is not encoded, and would have another digest at the target.
            if (bytes > INLINE_BYTES || encoded) {
                large.put(named, one);
            } else {
                small.put(named, one);
            }
        }

        @Override
        public void absent(String id, String revision, String error, String reason) {
            LOG.debug("{} does not show document {}, revision {}: {}, {}", source.shown(), id, revision, error, reason);
        }
    }

    private void add(WriteBatch batch, FetchedDocument document)
            throws ReplicationException, IOException, InterruptedException {
        if (!batch.isEmpty() && batch.size() + document.length() > target.batchBytes()) {
            flush(batch);
        }
        batch.add(document);
    }

    private void flush(WriteBatch batch) throws ReplicationException, IOException, InterruptedException {
        if (batch.isEmpty()) {
            return;
        }
        WriteReport report = write(batch);
        done.accept(
                ReplicationStatistics.read(report.written() + report.refusals().size()));
        report(report);
        for (int i = 0; i < batch.documents(); i++) {
            written.add(new Named(batch.id(i), batch.revision(i)));
        }
        batch.reset();
    }

    private WriteReport write(WriteBatch batch) throws ReplicationException, IOException, InterruptedException {
        try {
            return retries.call("writing documents", () -> target.write(batch));
        } catch (BatchRefusedException e) {
            int documents = batch.documents();
            if (documents == 1) {
                return WriteReport.refused(batch.id(0), batch.revision(0), e);
            }
            WriteReport first = write(batch.part(0, documents / 2));
            return first.plus(write(batch.part(documents / 2, documents)));
        } catch (MissingStubException e) {
            LOG.debug("{} lacks an attachment that an ancestor has there: {}", target.shown(), e.getMessage());
            for (int i = 0; i < batch.documents(); i++) {
                MissingRevisions whole = new MissingRevisions(batch.id(i), List.of(batch.revision(i)), List.of());
                large.put(new Named(batch.id(i), batch.revision(i)), whole);
            }
            return WriteReport.stored(0);
        }
    }

    /** One document by itself, with the content of its attachments. */
    private void stream(MissingRevisions wanted) throws ReplicationException, IOException, InterruptedException {
        List<WriteReport> reports = new ArrayList<>();
        try {
            streamWithStubs(wanted, reports);
        } catch (BatchRefusedException e) {
            if (wanted.missing().size() > 1) {
                // It does not say which of them is refused.
                for (Revision revision : wanted.missing()) {
                    stream(new MissingRevisions(wanted.id(), List.of(revision), wanted.ancestors()));
                }
                return;
            }
            reports.clear();
            reports.add(WriteReport.refused(wanted.id(), wanted.missing().getFirst(), e));
        }
        for (WriteReport report : reports) {
            done.accept(ReplicationStatistics.read(1));
            report(report);
        }
    }

    /** Without what an ancestor has at the target; with all content where the target lacks it after all. */
    private void streamWithStubs(MissingRevisions wanted, List<WriteReport> reports)
            throws ReplicationException, IOException, InterruptedException {
        try {
            retries.call("copying a document", () -> streamOnce(wanted, reports));
        } catch (MissingStubException e) {
            MissingRevisions whole = new MissingRevisions(wanted.id(), wanted.missing(), List.of());
            retries.call("copying a document", () -> streamOnce(whole, reports));
        }
    }

    private List<WriteReport> streamOnce(MissingRevisions wanted, List<WriteReport> reports)
            throws ReplicationException, IOException, InterruptedException {
        reports.clear();
        Outstanding outstanding = new Outstanding(List.of(wanted));
        source.stream(wanted, document -> {
            outstanding.received(document.document());
            reports.add(target.writeAttached(document));
        });
        if (!outstanding.isEmpty()) {
            throw new EndFaultException(
                    503, "missing_doc", source.shown() + " lists a revision of a document and does not have it");
        }
        return reports;
    }

    private void report(WriteReport report) {
        done.accept(ReplicationStatistics.written(
                report.written(), report.refusals().size()));
        for (Refusal refusal : report.refusals()) {
            LOG.info(
                    "{} refuses document {}, revision {}: {}, {}",
                    target.shown(),
                    refusal.id(),
                    refusal.revision(),
                    refusal.error(),
                    refusal.reason());
        }
    }
}
