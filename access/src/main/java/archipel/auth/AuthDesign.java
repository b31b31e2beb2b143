package archipel.auth;

import archipel.document.DocumentParser.ParsedDocument;
import archipel.engine.Database;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The design document {@code _design/_auth} that CouchDB keeps in {@code _users}: tools wait for it before they use the
 * database. It says what {@link UserRules} enforce whether it is there or not, as far as a selector can; a selector,
 * since asking a function at each write would load the engine for functions.
 */
public final class AuthDesign {
    public static final String ID = "_design/_auth";
    private static final String JSON = """
            {"language":"query","validate_doc_update":{"$or":[\
            {"newDoc._deleted":true},\
            {"newDoc.type":"user","newDoc.name":{"$type":"string"},"newDoc.roles":{"$type":"array"}}]}}""";

    private AuthDesign() {}

    /** The document as it is put in. */
    public static ParsedDocument document() {
        byte[] json = JSON.getBytes(StandardCharsets.UTF_8);
        return new ParsedDocument(ID, null, false, null, List.of(), json);
    }

    /** Whether a database has it, or had it once: an admin who deleted it does not want it back. */
    public static boolean wasEverIn(Database users) {
        try (Reader reader = users.door().newest(Visibility.EVERYTHING)) {
            return reader.documents().find(ID) != null;
        }
    }

    static boolean isIn(Database users) {
        try (Reader reader = users.door().newest(Visibility.EVERYTHING)) {
            @Nullable DocumentRecord record = reader.documents().find(ID);
            return record != null && !record.winner().deleted();
        }
    }
}
