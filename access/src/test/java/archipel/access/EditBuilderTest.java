package archipel.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.DatabaseAccess;
import archipel.auth.DocumentGuard;
import archipel.auth.Identities;
import archipel.auth.SecurityObject;
import archipel.auth.UserContext;
import archipel.command.DocumentEdit;
import archipel.document.DocumentParser;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.JsonLimits;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.functions.Functions;
import archipel.functions.ScriptFunctions;
import archipel.memory.Allowance;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stubs that name the content of other leaves take of a request's memory. */
class EditBuilderTest {
    private static final int LEAVES = 10;
    private static final int ATTACHMENTS = 10;
    private static final String MD5 = "md5-XUFAKrxLKna5cZ2REBfFkg==";

    private final Account account = new Account();
    private Node node;
    private Database database;

    @BeforeEach
    void open(@TempDir Path directory) {
        node = Node.open(directory, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
        database = node.create("db");
    }

    @AfterEach
    void close() {
        node.close();
    }

    @Test
    void edit_stubsOfManyDocuments_givesBackWhatItRemembersOfEarlierOnes() throws Exception {
        int documents = 100;
        for (int i = 0; i < documents; i++) {
            store("d" + i);
        }
        ScopedValue.where(Allowance.CURRENT, account).call(() -> {
            try (EditBuilder builder = builder()) {
                for (int i = 0; i < documents; i++) {
                    stub(builder, "d" + i, i);
                }
            }
            return null;
        });
        assertTrue(account.taken >= 400L * documents * LEAVES * ATTACHMENTS, "each was read");
        assertTrue(account.most < 2 << 20, () -> account.most + " bytes at once");
        assertEquals(0, account.held);
    }

    @Test
    void edit_stubsOfTwoDocumentsInTurn_readsEachOnce() throws Exception {
        store("a");
        store("b");
        long one = rememberedFor("a");
        long both = rememberedFor("a", "b", "a", "b", "a", "b");
        assertEquals(2 * one, both);
    }

    private long rememberedFor(String... ids) throws Exception {
        long before = account.taken;
        ScopedValue.where(Allowance.CURRENT, account).call(() -> {
            try (EditBuilder builder = builder()) {
                for (String id : ids) {
                    stub(builder, id, 1);
                }
            }
            return null;
        });
        return account.taken - before;
    }

    private EditBuilder builder() {
        Functions functions = new Functions(new ScriptFunctions(() -> {
            throw new AssertionError("no JavaScript here");
        }));
        WriteGate gate = new WriteGate(
                Identities.FIXED,
                new DatabaseAccess(() -> SecurityObject.EVERYONE),
                DocumentGuard.OPEN,
                functions,
                WriteLimits.NONE);
        return new EditBuilder(gate, database, UserContext.NODE, false);
    }

    /** A document with several leaves, each with attachments of its own. */
    private void store(String id) throws IOException {
        try (EditBuilder builder = builder()) {
            List<DocumentEdit> edits = new ArrayList<>();
            for (int leaf = 0; leaf < LEAVES; leaf++) {
                StringBuilder attachments = new StringBuilder();
                for (int i = 0; i < ATTACHMENTS; i++) {
                    attachments.append(i == 0 ? "" : ",").append("\"x").append(leaf * ATTACHMENTS + i);
                    attachments.append("\":{\"data\":\"aGVsbG8=\"}");
                }
                edits.add(builder.edit(DocumentWrite.of(
                        id, parsed("{\"_rev\":\"1-" + leaf + "\",\"_attachments\":{" + attachments + "}}"), false)));
            }
            database.write(edits, true);
        }
    }

    private static void stub(EditBuilder builder, String id, int attachment) throws IOException {
        DocumentEdit edit = builder.edit(DocumentWrite.of(
                id,
                parsed("{\"_rev\":\"1-f\",\"_attachments\":{\"x" + attachment + "\":{\"stub\":true,\"digest\":\"" + MD5
                        + "\"}}}"),
                false));
        assertEquals(5, edit.body().attachments().getFirst().length());
    }

    private static ParsedDocument parsed(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return new DocumentParser(JsonLimits.DEFAULT).parse(bytes, 0, bytes.length);
    }

    /** Has all the memory that is asked for, and keeps count of it. */
    private static final class Account implements Allowance {
        private long held;
        private long most;
        private long taken;

        @Override
        public void hold(long bytes) {
            held += bytes;
            taken += bytes;
            most = Math.max(most, held);
        }

        @Override
        public void release(long bytes) {
            held -= bytes;
        }

        @Override
        public void pass(long bytes) {}
    }
}
