package archipel.ends;

import archipel.access.DocumentOutcome;
import archipel.access.DocumentWrite;
import archipel.access.GatedWrite;
import archipel.access.NewAttachments;
import archipel.access.WriteOutcome;
import archipel.auth.UserContext;
import archipel.changes.Sequence;
import archipel.document.Attachment;
import archipel.document.DocumentParser;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.JsonLimits;
import archipel.document.Leaf;
import archipel.document.LocalDocument;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.engine.Database;
import archipel.memory.Allowance;
import archipel.memory.Reservation;
import archipel.read.Consistency;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.view.DesignDocument;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * A database of this node: read through its door with what the user may see, written through the gate with the user's
 * rights and the database's validation, as a request of that user would be.
 */
public final class LocalEnd implements End.Source, End.Target {
    private static final Logger LOG = LoggerFactory.getLogger(LocalEnd.class);
    /** For how long a member waits for what was acknowledged by others. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /**
     * Documents are on the heap several times until they are stored, and each collection moves what is on its way
     * there: with a megabyte for each worker that took a fifth of the processor time. The log syncs what several
     * workers write together anyway.
     */
    private static final int BATCH_BYTES = 256 << 10;

    private final LocalDatabases databases;
    private final String name;
    private final UserContext user;
    private final boolean hashed;
    private final LocalDocuments documents;
    private volatile boolean closed;

    /** @param name of a database, which need not be there yet */
    public LocalEnd(LocalDatabases databases, String name, UserContext user) {
        this(databases, name, user, false);
    }

    /**
     * @param hashed whether revisions that are written must be the hashes of their content; one that is not ends the
     *     replication with {@link ReplicationException#ALTERED}
     */
    public LocalEnd(LocalDatabases databases, String name, UserContext user, boolean hashed) {
        this.hashed = hashed;
        this.databases = databases;
        this.name = name;
        this.user = user;
        this.documents = new LocalDocuments(this);
    }

    @Override
    public String shown() {
        return name;
    }

    LocalDatabases databases() {
        return databases;
    }

    /**
     * On whose behalf, as far as that is known now: a replication can go on for months.
     *
     * @throws RequestException 401 where it may act for nobody any more
     */
    UserContext user() {
        return databases.writes().identities().present(user);
    }

    boolean isClosed() {
        return closed;
    }

    /**
     * The database, for a member.
     *
     * @throws ReplicationException where there is none, or the user may not use it
     */
    Database database() throws ReplicationException {
        Database database = databases.node().find(name);
        if (database == null) {
            throw new ReplicationException("db_not_found", "could not open " + name, true, null);
        }
        try {
            databases.access().requireMember(database, user());
        } catch (RequestException e) {
            throw refused(e);
        }
        return database;
    }

    private ReplicationException refused(RequestException e) {
        return new ReplicationException(e.error(), e.error() + " to access or create database " + name, true, e);
    }

    /**
     * The newest state, as far as the user may see it.
     *
     * @throws RequestException 401 or 403 where the user may not use the database any more
     */
    Reader reader(Database database) {
        UserContext now = user();
        databases.access().requireMember(database, now);
        return database.door().newest(databases.guard().visibility(database, now));
    }

    @Override
    public DatabaseInfo info() throws ReplicationException {
        Database database = database();
        Sequence newest = database.state().head().lastSequence();
        return new DatabaseInfo(
                SourceSequence.ofText(newest.toString()), database.state().uuid());
    }

    @Override
    public void create(Map<String, String> parameters) throws ReplicationException {
        try {
            if (databases.node().find(name) == null) {
                databases.databases().create(user, name);
            }
        } catch (RequestException e) {
            switch (e.code()) {
                case DATABASE_EXISTS -> {
                    // Somebody else has just made it.
                }
                case NOT_SERVER_ADMIN -> throw refused(e);
                default -> throw e;
            }
        }
    }

    @Override
    public String commit() throws ReplicationException {
        // What the gate has said is stored lasts.
        return database().state().uuid();
    }

    @Override
    public @Nullable StoredLog readLog(String id) throws ReplicationException {
        try (Reader reader = reader(database())) {
            LocalDocument stored = reader.locals().find("_local/" + id);
            return stored == null ? null : new StoredLog(stored.revision().toString(), stored.json());
        }
    }

    @Override
    public String writeLog(String id, @Nullable String revision, byte[] json) throws ReplicationException {
        StoredLog stored = readLog(id);
        String there = stored == null ? null : stored.revision();
        if (!Objects.equals(there, revision)) {
            throw new ReplicationException(CONFLICT, "another checkpoint is there", true, null);
        }
        try {
            return databases
                    .writes()
                    .putLocal(database(), user, "_local/" + id, json)
                    .revision()
                    .toString();
        } catch (RequestException e) {
            if (e.status() >= 500) {
                throw e;
            }
            throw refused(e);
        }
    }

    @Override
    public ChangesFeed changes(ChangesQuery query) throws ReplicationException, InterruptedException {
        if (!query.continuous()) {
            awaitAcknowledged();
        }
        return query.isOfAll() ? new LocalLeaves(this, query) : changesAfter(query);
    }

    // A replication that ends has what any member of an ensemble had acknowledged before it began; or, where that
    // cannot be had, what this node has: a member that is cut off is replicated from, too.
    private void awaitAcknowledged() throws ReplicationException, InterruptedException {
        try {
            database().door().fresh(Consistency.LINEARIZABLE, () -> PATIENCE).get();
        } catch (ExecutionException | CancellationException e) {
            LOG.debug("{} is read as this node has it: {}", name, e.toString());
        }
    }

    ChangesFeed changesAfter(ChangesQuery query) throws ReplicationException {
        return new LocalChanges(this, query);
    }

    @Override
    public OptionalLong pending(SourceSequence after) throws ReplicationException {
        try (Reader reader = reader(database())) {
            long number = Sequence.parse(after.parameter()).number();
            return OptionalLong.of(reader.changes().pending(number, Long.MAX_VALUE));
        }
    }

    @Override
    public ReplicationStatistics fetch(Iterable<MissingRevisions> wanted, Content content, Sink sink)
            throws ReplicationException, IOException, InterruptedException {
        return documents.fetch(wanted, content, sink);
    }

    @Override
    public void stream(MissingRevisions wanted, AttachedSink sink)
            throws ReplicationException, IOException, InterruptedException {
        documents.stream(wanted, sink);
    }

    @Override
    public String filterCode(Selection.Filter filter) throws ReplicationException {
        try (Reader reader = reader(database())) {
            JsonNode code = DesignDocument.read(reader, filter.design())
                    .members()
                    .path("filters")
                    .path(filter.function());
            if (code.isString()) {
                return code.stringValue();
            }
        } catch (RequestException e) {
            // Told below, as for one that lacks the function.
        }
        throw filter.missing(name);
    }

    @Override
    public Iterable<MissingRevisions> missing(Iterable<ChangedDocument> changed) throws ReplicationException {
        List<MissingRevisions> all = new ArrayList<>();
        try (Reader reader = reader(database())) {
            reader.documents().expectOrder();
            for (ChangedDocument one : changed) {
                MissingRevisions missing = missing(reader.documents().find(one.id()), one);
                if (missing != null) {
                    all.add(missing);
                }
            }
        }
        return all;
    }

    private static @Nullable MissingRevisions missing(@Nullable DocumentRecord record, ChangedDocument changed) {
        if (record == null) {
            return new MissingRevisions(changed.id(), changed.revisions(), List.of());
        }
        List<Revision> missing = new ArrayList<>(1);
        int newest = 0;
        for (Revision revision : changed.revisions()) {
            if (!record.tree().contains(revision)) {
                missing.add(revision);
                newest = Math.max(newest, revision.generation());
            }
        }
        if (missing.isEmpty()) {
            return null;
        }
        List<Revision> ancestors = new ArrayList<>(1);
        for (Leaf leaf : record.tree().leaves()) {
            if (leaf.revision().generation() < newest) {
                ancestors.add(leaf.revision());
            }
        }
        return new MissingRevisions(changed.id(), missing, ancestors);
    }

    @FunctionalInterface
    private interface Step<T> {
        T take() throws ReplicationException, IOException, InterruptedException;
    }

    /** With memory of its own, all of which is given back once it is written. */
    private <T> T withMemory(Step<T> step) throws ReplicationException, IOException, InterruptedException {
        try (Reservation reservation = databases.memory().admit(false)) {
            return ScopedValue.where(Allowance.CURRENT, reservation).call(step::take);
        } catch (ReplicationException | IOException | InterruptedException | RuntimeException e) {
            throw e;
        } catch (Exception impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Override
    public int batchBytes() {
        return BATCH_BYTES;
    }

    @Override
    public WriteReport write(WriteBatch batch) throws ReplicationException, IOException, InterruptedException {
        return withMemory(() -> {
            Database database = database();
            List<ParsedDocument> parsed = parsed(batch.close(), batch.size());
            Allowance.current().hold(340L * parsed.size());
            List<WriteReport.Refusal> refusals = new ArrayList<>();
            try (GatedWrite write = databases.writes().open(database, user, hashed)) {
                int added = 0;
                for (int i = 0; i < parsed.size(); i++) {
                    ParsedDocument document = parsed.get(i);
                    try {
                        if (document.refusal() != null) {
                            throw document.refusal();
                        }
                        write.add(DocumentWrite.of(batch.id(i), document, false));
                        added++;
                    } catch (RequestException e) {
                        refusals.add(refusal(batch.id(i), batch.revision(i), e));
                    }
                }
                return added == 0
                        ? new WriteReport(0, refusals)
                        : report(write.commit(false), revisions(batch), refusals);
            }
        });
    }

    private static Map<String, Revision> revisions(WriteBatch batch) {
        Map<String, Revision> revisions = new HashMap<>();
        for (int i = 0; i < batch.documents(); i++) {
            revisions.put(batch.id(i), batch.revision(i));
        }
        return revisions;
    }

    private List<ParsedDocument> parsed(byte[] text, int length) throws BatchRefusedException {
        try {
            return new DocumentParser(limits()).parseBulk(text, 0, length).documents();
        } catch (RequestException e) {
            if (e.status() >= 500) {
                throw e;
            }
            throw new BatchRefusedException(e.error(), e.reason());
        }
    }

    private JsonLimits limits() {
        return databases.limits().get();
    }

    /** What a refusal says of one document; thrown on where it says nothing about it. */
    private static WriteReport.Refusal refusal(String id, Revision revision, RequestException e)
            throws ReplicationException, MissingStubException {
        if (e.code() == ErrorCode.REVISION_NOT_OF_CONTENT) {
            throw new ReplicationException(ReplicationException.ALTERED, e.reason(), false, e);
        }
        if (e.code() == ErrorCode.STUB_UNKNOWN || e.code() == ErrorCode.STUB_WITHOUT_PARENT) {
            throw new MissingStubException(e.reason());
        }
        if (!e.code().isRefusal()) {
            throw e;
        }
        return new WriteReport.Refusal(id, revision.toString(), e.error(), e.reason());
    }

    /** @param refusals of documents that did not come as far */
    private static WriteReport report(
            WriteOutcome outcome, Map<String, Revision> revisions, List<WriteReport.Refusal> refusals)
            throws ReplicationException, MissingStubException {
        int written = 0;
        for (DocumentOutcome each : outcome.documents()) {
            switch (each) {
                case DocumentOutcome.Stored _ -> written++;
                case DocumentOutcome.Refused refused -> {
                    Revision revision = revisions.getOrDefault(refused.id(), new Revision(0, ""));
                    refusals.add(refusal(refused.id(), revision, refused.refusal()));
                }
                case DocumentOutcome.Failed failed -> throw failed.cause();
                case DocumentOutcome.Untried untried -> throw new IllegalStateException(untried.toString());
            }
        }
        return new WriteReport(written, refusals);
    }

    @Override
    public WriteReport writeAttached(AttachedDocument attached)
            throws ReplicationException, IOException, InterruptedException {
        return withMemory(() -> {
            FetchedDocument document = attached.document();
            Revision revision = document.revision();
            try (GatedWrite write = databases.writes().open(database(), user, hashed)) {
                ParsedDocument parsed =
                        new DocumentParser(limits()).parse(document.array(), document.offset(), document.length());
                write.add(new DocumentWrite(document.id(), parsed, false, new NewAttachments.Following(intake -> {
                    Map<String, Attachment> received = new HashMap<>();
                    for (AttachmentStub stub : attached.following()) {
                        Attachment attachment =
                                intake.receive(stub.name(), stub.contentType(), stub.encoding(), attached.next());
                        requireWhole(stub, attachment);
                        received.put(stub.name(), attachment);
                    }
                    return received;
                })));
                return report(write.commit(false), Map.of(document.id(), revision), new ArrayList<>());
            } catch (RequestException e) {
                return new WriteReport(0, List.of(refusal(document.id(), revision, e)));
            }
        });
    }

    /** What came must be what the document lists; otherwise it was cut or altered on the way and is asked for again. */
    private static void requireWhole(AttachmentStub stub, Attachment attachment) throws IOException {
        long announced = stub.encoding() == null ? stub.length() : stub.encodedLength();
        boolean otherDigest = stub.digest() != null
                && stub.digest().startsWith("md5-")
                && !stub.digest().equals(attachment.digest());
        if (otherDigest || announced >= 0 && announced != attachment.encodedLength()) {
            throw new IOException("the content of attachment " + stub.name() + " is not the one that was announced");
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
