package archipel.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.DatabaseAccess;
import archipel.auth.DocumentGuard;
import archipel.auth.SecurityObject;
import archipel.auth.UserContext;
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
import archipel.functions.Functions;
import archipel.functions.ScriptFunctions;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        gate = new WriteGate(
                new DatabaseAccess(() -> SecurityObject.ADMIN_ONLY),
                DocumentGuard.OPEN,
                new Functions(new ScriptFunctions(() -> {
                    throw new AssertionError("no JavaScript here");
                })),
                () -> 10);
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
}
