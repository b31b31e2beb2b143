package archipel.auth;

import archipel.command.DocumentEdit;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.engine.Database;
import archipel.engine.DocumentRecord;
import archipel.engine.Node;
import archipel.engine.Snapshot;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The design document {@code _design/_auth} that CouchDB keeps in {@code _users}: tools wait for it before they use the
 * database. It says what {@link UserRules} enforce whether it is there or not, as far as a selector can; a selector,
 * since asking a function at each write would load the engine for functions.
 */
public final class AuthDesign {
    private static final String ID = "_design/_auth";
    private static final String JSON = """
            {"language":"query","validate_doc_update":{"$or":[\
            {"newDoc._deleted":true},\
            {"newDoc.type":"user","newDoc.name":{"$type":"string"},"newDoc.roles":{"$type":"array"}}]}}""";

    private AuthDesign() {}

    /**
     * Adds it to {@code _users} and to the database that is used for users, unless they ever had it: an admin who
     * deleted it does not want it back.
     *
     * @param configured the setting {@code authentication_db}
     */
    public static void ensure(Node node, String configured) {
        for (String name : new String[] {UserDirectory.USERS, configured}) {
            Database users = node.find(name);
            if (users != null) {
                ensure(users);
            }
        }
    }

    private static void ensure(Database users) {
        if (!wasEverIn(users)) {
            byte[] json = JSON.getBytes(StandardCharsets.UTF_8);
            DocumentBody body = new DocumentBody(json, List.of());
            byte[] digest = CanonicalJson.digest(json, 0, json.length);
            // Somebody who puts one in at the same time has as good a one.
            users.write(List.of(new DocumentEdit.Update(ID, null, false, body, digest)), false);
        }
    }

    private static boolean wasEverIn(Database users) {
        try (Snapshot snapshot = users.snapshot()) {
            return snapshot.document(ID) != null;
        }
    }

    static boolean isIn(Database users) {
        try (Snapshot snapshot = users.snapshot()) {
            @Nullable DocumentRecord record = snapshot.document(ID);
            return record != null && !record.winner().deleted();
        }
    }
}
