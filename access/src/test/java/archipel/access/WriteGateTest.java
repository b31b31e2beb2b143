package archipel.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.AccountSettings;
import archipel.auth.DatabaseAccess;
import archipel.auth.DocumentGuard;
import archipel.auth.Identities;
import archipel.auth.NodeDocumentGuard;
import archipel.auth.Passwords;
import archipel.auth.ReplicatorRules;
import archipel.auth.SecurityObject;
import archipel.auth.UserContext;
import archipel.changes.SteadyClock;
import archipel.changes.Waiter;
import archipel.document.Attachment;
import archipel.document.DocumentBody;
import archipel.document.DocumentParser;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.JsonLimits;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.functions.DesignFunctions;
import archipel.functions.FunctionEngine;
import archipel.functions.Functions;
import archipel.functions.ScriptFunctions;
import archipel.health.Metrics;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.settings.SettingCatalog;
import archipel.settings.Settings;
import archipel.storage.StorageException;
import archipel.view.DesignDocument;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Writes by callers that know nothing of HTTP. */
class WriteGateTest {
    private static final UserContext ALICE = new UserContext("alice", List.of(), "");
    private static final UserContext MALLORY = new UserContext("mallory", List.of(), "");

    private Node node;
    private Database database;
    private WriteGate gate;

    @BeforeEach
    void open(@TempDir Path directory) {
        node = Node.open(directory, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
        database = node.create("db");
        database.setSecurity(bytes("{'members':{'names':['alice']}}"));
        gate = gate(DocumentGuard.OPEN, new ScriptFunctions(() -> {
            throw new AssertionError("no JavaScript here");
        }));
    }

    private static WriteGate gate(DocumentGuard guard, FunctionEngine engine) {
        return new WriteGate(
                Identities.FIXED,
                new DatabaseAccess(() -> SecurityObject.ADMIN_ONLY),
                guard,
                new Functions(engine),
                new WriteLimits(() -> 3 << 20, () -> 10));
    }

    @AfterEach
    void close() {
        node.close();
    }

    @Test
    void write_byWhoIsNoMember_isRefusedAsAWhole() {
        long head = database.state().head().number();
        assertRefused(ErrorCode.NOT_ALLOWED_HERE, () -> gate.write(database, MALLORY, documents("a"), false));
        assertRefused(
                ErrorCode.NOT_AUTHORIZED_HERE,
                () -> gate.write(database, UserContext.ANONYMOUS, documents("a"), false));
        assertRefused(ErrorCode.NOT_ALLOWED_HERE, () -> gate.putLocal(database, MALLORY, "_local/a", bytes("{}")));
        assertRefused(ErrorCode.NOT_ALLOWED_HERE, () -> gate.deleteLocal(database, MALLORY, "_local/a"));
        assertRefused(ErrorCode.NOT_SERVER_ADMIN, () -> gate.purge(database, ALICE, Map.of()));
        assertEquals(head, database.state().head().number());
    }

    @Test
    void write_someRefused_storesTheOthersInOneBlock() throws IOException {
        rule("{'newDoc':{'n':{'$type':'number'}}}");
        long head = database.state().head().number();
        WriteOutcome outcome = gate.write(
                database,
                ALICE,
                List.of(
                        document("a", "{'n':1}"),
                        document("b", "{}"),
                        document("_local/c", "{}"),
                        document("d", "{'n':2}")),
                false);
        assertTrue(outcome.applied());
        assertEquals(head + 1, outcome.head().number());
        assertInstanceOf(DocumentOutcome.Stored.class, outcome.documents().get(0));
        assertEquals(403, refusal(outcome, 1).status());
        assertEquals(ErrorCode.LOCAL_IN_EDIT, refusal(outcome, 2).code());
        assertInstanceOf(DocumentOutcome.Stored.class, outcome.documents().get(3));
        assertEquals("d", outcome.documents().get(3).id());
        assertNotNull(stored("a"));
        assertNull(stored("b"));
    }

    @Test
    void write_idOrSizeThatIsNotAllowed_isRefusedWhoeverWrites() throws IOException {
        String large = "{'v':'" + "x".repeat(3 << 20) + "'}";
        WriteOutcome outcome = gate.write(
                database,
                UserContext.NODE,
                List.of(
                        document("_odd", "{}"),
                        document("", "{}"),
                        document("large", large),
                        document("made-elsewhere", large.replace("{", "{'_rev':'1-" + "a".repeat(32) + "',")),
                        document("a", "{}")),
                false);
        assertEquals(ErrorCode.DOCUMENT_ID_RESERVED, refusal(outcome, 0).code());
        assertEquals(ErrorCode.DOCUMENT_ID_EMPTY, refusal(outcome, 1).code());
        assertEquals(ErrorCode.DOCUMENT_TOO_LARGE, refusal(outcome, 2).code());
        assertEquals(ErrorCode.DOCUMENT_TOO_LARGE, refusal(outcome, 3).code());
        assertInstanceOf(DocumentOutcome.Stored.class, outcome.documents().get(4));
        assertRefused(ErrorCode.DOCUMENT_TOO_LARGE, () -> gate.putLocal(database, ALICE, "_local/large", bytes(large)));
    }

    @Test
    void write_atomicWithARefusal_storesNothing() throws IOException {
        rule("{'newDoc':{'n':{'$type':'number'}}}");
        long head = database.state().head().number();
        WriteOutcome outcome =
                gate.write(database, ALICE, List.of(document("a", "{'n':1}"), document("b", "{}")), true);
        assertFalse(outcome.applied());
        assertInstanceOf(DocumentOutcome.Untried.class, outcome.documents().get(0));
        assertEquals(403, refusal(outcome, 1).status());
        assertEquals(head, database.state().head().number());
        assertEquals(head, outcome.head().number());
    }

    /** A replicator skips what is refused, so that a fault must not look like a refusal. */
    @Test
    void write_faultThatSaysNothingOfADocument_isThrown() {
        List<DocumentWrite> withContent =
                List.of(document("a", "{'_attachments':{'x':{'data':'YWJj'}}}"), document("_local/b", "{}"));
        node.delete("db");
        assertRefused(ErrorCode.NO_DATABASE, () -> gate.write(database, ALICE, withContent, false));
        Database other = node.create("other");
        for (RuntimeException fault : List.of(
                new StorageException(StorageException.Kind.IO, "a fault that was asked for"),
                new RequestException(ErrorCode.WRITES_BUSY),
                new RequestException(ErrorCode.TOO_MANY_LOGINS))) {
            WriteGate failing = gate(new FailingGuard(fault), new ValidatingEngine(_ -> null));
            assertSame(
                    fault,
                    assertThrows(
                            fault.getClass(), () -> failing.write(other, UserContext.NODE, documents("a"), false)));
        }
    }

    @Test
    void write_functionThatIsNotCalledForNow_failsItsDocumentAndStoresTheOthers() throws IOException {
        RequestException why = new RequestException(ErrorCode.FUNCTION_QUARANTINED, "for now");
        WriteGate gate = gate(DocumentGuard.OPEN, new ValidatingEngine(json -> json.contains("\"n\"") ? why : null));
        gate.write(
                database,
                UserContext.NODE,
                List.of(document("_design/rule", "{'validate_doc_update':'function () {}'}")),
                false);
        WriteOutcome outcome =
                gate.write(database, ALICE, List.of(document("a", "{'n':1}"), document("b", "{}")), false);
        assertSame(
                why,
                assertInstanceOf(
                                DocumentOutcome.Failed.class,
                                outcome.documents().get(0))
                        .cause());
        assertInstanceOf(DocumentOutcome.Stored.class, outcome.documents().get(1));
    }

    /** Of whatever kind it is: its sender has to know what is stored. */
    @Test
    void commit_faultAfterAPartIsStored_isTheOutcomeOfTheRest() throws IOException {
        int count = 20;
        String large = "'" + "x".repeat(2 << 20) + "'";
        List<DocumentWrite> edits = new ArrayList<>();
        // The first part brings the function that the others fail by.
        edits.add(document("_design/rule", "{'validate_doc_update':'function () {}'}"));
        for (int i = 0; i < count; i++) {
            String id = "d" + i;
            gate.write(database, UserContext.NODE, List.of(document(id, "{'v':" + large + "}")), false);
            edits.add(document(id, "{'_rev':'" + stored(id) + "'}"));
        }
        IllegalStateException fault = new IllegalStateException("a fault that was asked for");
        WriteGate failing = gate(DocumentGuard.OPEN, new ValidatingEngine(json -> {
            throw fault;
        }));
        List<DocumentOutcome> outcomes =
                failing.write(database, UserContext.NODE, edits, false).documents();
        assertEquals(count + 1, outcomes.size());
        assertInstanceOf(DocumentOutcome.Stored.class, outcomes.getFirst());
        DocumentOutcome.Failed last = assertInstanceOf(DocumentOutcome.Failed.class, outcomes.getLast());
        assertSame(fault, last.cause());
        assertEquals(ErrorCode.WRITE_FAULT, last.reason().code());
    }

    /** Snapshots keep what is overwritten: none is held for what may take its time, nor for the rest of the write. */
    @Test
    void write_whileItWaits_holdsNoSnapshot() throws IOException {
        gate.write(database, UserContext.NODE, List.of(document("a", "{'_attachments':{'x':{'data':'YWJj'}}}")), false);
        gate.write(
                database,
                UserContext.NODE,
                List.of(document("_design/rule", "{'validate_doc_update':'function () {}'}")),
                false);
        double idle = snapshots();
        List<Double> seen = new ArrayList<>();
        WriteGate gate = gate(DocumentGuard.OPEN, new ValidatingEngine(_ -> {
            seen.add(snapshots());
            return null;
        }));
        String stub =
                "{'_rev':'" + stored("a") + "','_attachments':{'x':{'stub':true},'y':{'follows':true,'length':1}}}";
        try (GatedWrite write = gate.open(database, ALICE)) {
            write.add(new DocumentWrite("a", parsed(stub), true, new NewAttachments.Following(intake -> {
                Attachment received = intake.receive("y", null, null, new SlowContent(() -> seen.add(snapshots())));
                return Map.of("y", received);
            })));
            seen.add(snapshots());
            assertInstanceOf(
                    DocumentOutcome.Stored.class,
                    write.commit(false).documents().getFirst());
        }
        assertTrue(seen.size() >= 3, seen::toString);
        assertEquals(List.of(), seen.stream().filter(held -> held > idle).toList());
    }

    /** After a write: the newest state is held in any case, an older one for those who read it alone. */
    private double snapshots() {
        gate.putLocal(database, ALICE, "_local/tick", bytes("{}"));
        return node.metrics().all(Metrics.Section.ARCHIPEL).stream()
                .filter(metric -> metric.name().equals("snapshots"))
                .findFirst()
                .orElseThrow()
                .read();
    }

    @Test
    void write_stubOfADocumentThatIsHidden_isMissing() throws IOException {
        gate.write(database, UserContext.NODE, List.of(document("h", "{'_attachments':{'x':{'data':'YWJj'}}}")), false);
        Revision hidden = stored("h");
        WriteGate gate = gate(HIDING, new ValidatingEngine(_ -> null));
        String stub = "'_attachments':{'x':{'stub':true,'revpos':1,'digest':'md5-kAFQmDzST7DWlj99KOF/cg=='}}}";
        for (boolean newEdits : new boolean[] {true, false}) {
            String json = "{'_rev':'" + (newEdits ? hidden : "2-b") + "',"
                    + (newEdits ? "" : "'_revisions':{'start':2,'ids':['b','" + hidden.hash() + "']},") + stub;
            DocumentWrite document = DocumentWrite.of("h", parsed(json), newEdits);
            assertEquals(
                    412,
                    refusal(gate.write(database, ALICE, List.of(document), false), 0)
                            .status());
        }
        assertEquals(hidden, stored("h"));
    }

    @Test
    void write_ofAnIdThatIsTooLong_isRefused() throws IOException {
        String tooLong = "a".repeat(4097);
        WriteOutcome outcome = gate.write(
                database, ALICE, List.of(document(tooLong, "{}"), document(tooLong.substring(1), "{}")), false);
        assertEquals(ErrorCode.DOCUMENT_ID_TOO_LONG, refusal(outcome, 0).code());
        assertInstanceOf(DocumentOutcome.Stored.class, outcome.documents().get(1));
        assertRefused(
                ErrorCode.DOCUMENT_ID_TOO_LONG, () -> gate.putLocal(database, ALICE, "_local/" + tooLong, bytes("{}")));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void write_ofADocumentThatIsHidden_isForbidden(boolean validated) throws IOException {
        gate.write(database, UserContext.NODE, documents("h"), false);
        Revision hidden = stored("h");
        if (validated) {
            rule("{'newDoc':{'_id':{'$type':'string'}}}");
        }
        WriteGate gate = gate(HIDING, new ValidatingEngine(_ -> null));
        WriteOutcome outcome = gate.write(
                database, ALICE, List.of(document("h", "{}"), document("h", "{'_rev':'" + hidden + "'}")), false);
        assertEquals(ErrorCode.DOCUMENT_HIDDEN, refusal(outcome, 0).code());
        assertEquals(ErrorCode.DOCUMENT_HIDDEN, refusal(outcome, 1).code());
        DocumentWrite replicated = DocumentWrite.of("h", parsed("{'_rev':'9-a'}"), false);
        WriteOutcome mixed = gate.write(database, ALICE, List.of(replicated, document("seen", "{}")), false);
        assertEquals(ErrorCode.DOCUMENT_HIDDEN, refusal(mixed, 0).code());
        assertInstanceOf(DocumentOutcome.Stored.class, mixed.documents().get(1));
        assertEquals(hidden, stored("h"));
        assertRefused(ErrorCode.DOCUMENT_HIDDEN, () -> gate.putLocal(database, ALICE, "_local/h", bytes("{}")));
        assertRefused(ErrorCode.DOCUMENT_HIDDEN, () -> gate.deleteLocal(database, ALICE, "_local/h"));
        gate.putLocal(database, ALICE, "_local/seen", bytes("{}"));
        // The node's own writes are on nobody's behalf.
        assertTrue(gate.replace(database, "h", hidden, new DocumentBody(bytes("{}"), List.of())));
    }

    @Test
    void write_designDocument_isCheckedAndNotValidated() throws IOException {
        rule("{'newDoc':{'_id':'no such'}}");
        WriteOutcome outcome = gate.write(
                database,
                ALICE,
                List.of(document("_design/ok", "{'language':'query'}"), document("_design/bad", "{'views':1}")),
                false);
        assertInstanceOf(DocumentOutcome.Stored.class, outcome.documents().get(0));
        assertEquals(400, refusal(outcome, 1).status());
    }

    @Test
    void commit_ruleChangedAfterAdd_countsWhatIsInForce() throws IOException {
        try (GatedWrite write = gate.open(database, ALICE)) {
            write.add(document("a", "{}"));
            rule("{'newDoc':{'_id':'no such'}}");
            WriteOutcome outcome = write.commit(false);
            assertEquals(403, refusal(outcome, 0).status());
        }
        assertNull(stored("a"));
    }

    /** An upload takes its time, and whoever began it may be a member no more at its end. */
    @Test
    void commit_memberRemovedAfterAdd_isForbiddenAndStoresNothing() throws IOException {
        try (GatedWrite write = gate.open(database, ALICE)) {
            write.add(document("a", "{}"));
            write.add(document("b", "{}"));
            database.setSecurity(bytes("{'members':{'names':['bob']}}"));
            assertRefused(ErrorCode.NOT_ALLOWED_HERE, () -> write.commit(false));
        }
        assertNull(stored("a"));
        assertNull(stored("b"));
    }

    /** Between the validation and the command. */
    @Test
    void commit_memberRemovedDuringValidation_isForbidden() throws IOException {
        gate.write(
                database,
                UserContext.NODE,
                List.of(document("_design/rule", "{'validate_doc_update':'function () {}'}")),
                false);
        WriteGate gate = gate(DocumentGuard.OPEN, new ValidatingEngine(_ -> {
            database.setSecurity(bytes("{'members':{'names':['bob']}}"));
            return null;
        }));
        assertRefused(ErrorCode.NOT_ALLOWED_HERE, () -> gate.write(database, ALICE, documents("a"), false));
        assertNull(stored("a"));
    }

    @Test
    void commit_databaseAdminNoMore_storesNoDesignDocument() throws IOException {
        Settings settings = Settings.of(SettingCatalog.of(AccountSettings.GROUP), Map.of(), Map.of());
        DatabaseAccess access = new DatabaseAccess(() -> SecurityObject.ADMIN_ONLY);
        Passwords passwords = new Passwords(settings, new SecureRandom(), SteadyClock.system());
        WriteGate gate = new WriteGate(
                Identities.FIXED,
                access,
                new NodeDocumentGuard(access, passwords, settings, ReplicatorRules.NONE),
                new Functions(new ValidatingEngine(_ -> null)),
                new WriteLimits(() -> 3 << 20, () -> 10));
        database.setSecurity(bytes("{'admins':{'names':['alice']},'members':{'names':['alice']}}"));
        try (GatedWrite write = gate.open(database, ALICE)) {
            write.add(document("_design/d", "{}"));
            write.add(document("a", "{}"));
            database.setSecurity(bytes("{'members':{'names':['alice']}}"));
            WriteOutcome outcome = write.commit(false);
            assertEquals(ErrorCode.NOT_DATABASE_ADMIN, refusal(outcome, 0).code());
            assertInstanceOf(DocumentOutcome.Stored.class, outcome.documents().get(1));
        }
        assertNull(stored("_design/d"));
        // As an admin all the way.
        database.setSecurity(bytes("{'admins':{'names':['alice']},'members':{'names':['alice']}}"));
        assertInstanceOf(
                DocumentOutcome.Stored.class,
                gate.write(database, ALICE, documents("_design/d"), false)
                        .documents()
                        .getFirst());
    }

    @Test
    void add_contentToCome_isTakenInOnlyWhereTheDocumentMayPass() throws IOException {
        rule("{'newDoc':{'_id':'b'}}");
        // A rule that can never be met, whatever is in the document.
        gate.write(
                database,
                UserContext.NODE,
                List.of(document("_design/broken", "{'language':'erlang','validate_doc_update':'x'}")),
                false);
        gate.write(database, ALICE, documents("known"), false);
        NewAttachments.Content content = _ -> {
            throw new AssertionError("read for nothing");
        };
        try (GatedWrite write = gate.open(database, ALICE)) {
            DocumentWrite document = new DocumentWrite("b", parsed("{}"), true, new NewAttachments.Received(content));
            assertThrows(RequestException.class, () -> write.add(document));
        }
    }

    @Test
    void receive_contentLargerThanAllowed_isRefused() throws IOException {
        try (GatedWrite write = gate.open(database, ALICE)) {
            Attachment received = write.receive("a", null, null, new ByteArrayInputStream(new byte[10]));
            assertEquals("application/octet-stream", received.contentType());
            assertRefused(
                    ErrorCode.ATTACHMENT_TOO_LARGE,
                    () -> write.receive("b", null, null, new ByteArrayInputStream(new byte[11])));
            write.add(DocumentWrite.of("x", parsed("{}"), List.of(received)));
            assertInstanceOf(
                    DocumentOutcome.Stored.class,
                    write.commit(false).documents().getFirst());
        }
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            DocumentRecord record = reader.documents().find("x");
            assertNotNull(record);
            DocumentBody body = reader.documents().body("x", record.winner().revision());
            assertNotNull(body);
            assertEquals(1, body.attachments().size());
        }
    }

    @Test
    void replace_byTheNode_needsTheNewestRevision() throws IOException {
        gate.write(database, ALICE, documents("a"), false);
        Revision first = stored("a");
        assertNotNull(first);
        assertTrue(gate.replace(database, "a", first, new DocumentBody(bytes("{'b':1}"), List.of())));
        assertFalse(gate.replace(database, "a", first, new DocumentBody(bytes("{'b':2}"), List.of())));
        rule("{'newDoc':{'_id':'no such'}}");
        Revision second = stored("a");
        assertNotNull(second);
        assertRefused(
                ErrorCode.DOCUMENT_NOT_VALID,
                () -> gate.replace(database, "a", second, new DocumentBody(bytes("{}"), List.of())));
    }

    @Test
    void locals_areNotValidated() throws IOException {
        rule("{'newDoc':{'_id':'no such'}}");
        gate.putLocal(database, ALICE, "_local/a", bytes("{}"));
        assertTrue(gate.deleteLocal(database, ALICE, "_local/a"));
        assertFalse(gate.deleteLocal(database, ALICE, "_local/a"));
    }

    private void rule(String selector) throws IOException {
        WriteOutcome outcome = gate.write(
                database,
                UserContext.NODE,
                List.of(document("_design/rule", "{'language':'query','validate_doc_update':" + selector + "}")),
                false);
        assertInstanceOf(DocumentOutcome.Stored.class, outcome.documents().getFirst());
    }

    private @Nullable Revision stored(String id) {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            DocumentRecord record = reader.documents().find(id);
            return record == null ? null : record.winner().revision();
        }
    }

    private static List<DocumentWrite> documents(String id) {
        return List.of(document(id, "{}"));
    }

    private static DocumentWrite document(String id, String json) {
        return DocumentWrite.of(id, parsed(json), true);
    }

    private static ParsedDocument parsed(String json) {
        byte[] bytes = bytes(json);
        return new DocumentParser(JsonLimits.DEFAULT).parse(bytes, 0, bytes.length);
    }

    private static RequestException refusal(WriteOutcome outcome, int index) {
        return assertInstanceOf(
                        DocumentOutcome.Refused.class, outcome.documents().get(index))
                .refusal();
    }

    private static void assertRefused(ErrorCode code, org.junit.jupiter.api.function.Executable action) {
        assertEquals(code, assertThrows(RequestException.class, action).code());
    }

    private static byte[] bytes(String json) {
        return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    /** Hides what is called {@code h} from all but the node. */
    private static final DocumentGuard HIDING = new OpenGuard() {
        @Override
        public Visibility visibility(Database database, UserContext user) {
            if (user == UserContext.NODE) {
                return Visibility.EVERYTHING;
            }
            return new Visibility() {
                @Override
                public boolean sees(StoredDocument document) {
                    return !document.id().equals("h");
                }

                @Override
                public boolean seesLocal(String id) {
                    return !id.equals("_local/h");
                }
            };
        }
    };

    /** Content whose sender takes his time. */
    private static final class SlowContent extends ByteArrayInputStream {
        private final Runnable meanwhile;

        SlowContent(Runnable meanwhile) {
            super(new byte[1]);
            this.meanwhile = meanwhile;
        }

        @Override
        public byte[] readNBytes(int length) throws IOException {
            meanwhile.run();
            return super.readNBytes(length);
        }
    }

    /** A fault of what stands before the store. */
    private static final class FailingGuard extends OpenGuard {
        private final RuntimeException fault;

        FailingGuard(RuntimeException fault) {
            this.fault = fault;
        }

        @Override
        public ParsedDocument beforeWrite(
                Database database, UserContext user, String id, boolean newEdits, ParsedDocument document) {
            throw fault;
        }
    }

    private static class OpenGuard implements DocumentGuard {
        @Override
        public ParsedDocument beforeWrite(
                Database database, UserContext user, String id, boolean newEdits, ParsedDocument document) {
            return document;
        }

        @Override
        public DocumentBody beforeShow(Database database, UserContext user, String id, DocumentBody body) {
            return body;
        }

        @Override
        public void requireDesigns(Database database, UserContext user) {}

        @Override
        public boolean showsAll(Database database) {
            return true;
        }
    }

    /** Has one function for all design documents, which validates. */
    private record ValidatingEngine(Function<String, @Nullable RequestException> validation)
            implements FunctionEngine, DesignFunctions {
        @Override
        public void check(String database, String kind, String name, String source) {}

        @Override
        public DesignFunctions design(DesignDocument design) {
            return this;
        }

        @Override
        public @Nullable RequestException validate(
                byte[] newDocument, byte @Nullable [] oldDocument, byte[] user, byte[] security) {
            return validation.apply(new String(newDocument, StandardCharsets.UTF_8));
        }

        @Override
        public void requireValidation() {}

        @Override
        public boolean[] filter(String name, List<byte[]> documents, byte[] request, Waiter waiter) {
            throw new AssertionError("no filter here");
        }

        @Override
        public boolean[] viewFilter(String view, List<byte[]> documents, Waiter waiter) {
            throw new AssertionError("no view here");
        }

        @Override
        public byte[] update(String name, byte @Nullable [] document, byte[] request) {
            throw new AssertionError("no update function here");
        }
    }
}
