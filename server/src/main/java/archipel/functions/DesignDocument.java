package archipel.functions;

import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.FunctionException;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.engine.DocumentRecord;
import archipel.engine.Snapshot;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A design document as it stands at some block.
 *
 * @param json with {@code _id} and {@code _rev}, as its functions see it; without attachments
 * @param members what {@code json} says
 */
public record DesignDocument(String id, byte[] json, JsonNode members) {
    static final String PREFIX = "_design/";

    /** The names under which JavaScript goes; the last two ask CouchDB for one certain engine. */
    private static final Set<String> JAVASCRIPT = Set.of("javascript", "javascript_quickjs", "javascript_spidermonkey");

    /**
     * @param name without {@code _design/}
     * @throws RequestException 404 {@code missing} or {@code deleted}
     */
    public static DesignDocument read(Snapshot snapshot, String name) {
        String id = PREFIX + name;
        DocumentRecord record = snapshot.document(id);
        if (record != null && record.winner().deleted()) {
            throw new RequestException(ErrorCode.DELETED);
        }
        DocumentBody body =
                record == null ? null : snapshot.leafBody(id, record.winner().revision());
        if (record == null || body == null) {
            throw new RequestException(ErrorCode.MISSING);
        }
        return of(record, body);
    }

    /** @param body of the winner */
    static DesignDocument of(DocumentRecord record, DocumentBody body) {
        byte[] stored = body.json();
        int open = 0;
        while (stored[open] != '{') {
            open++;
        }
        int first = open + 1;
        while (stored[first] <= ' ') {
            first++;
        }
        JsonBuffer json = new JsonBuffer(stored.length + 128);
        json.ascii("{\"_id\":").string(record.id());
        json.ascii(",\"_rev\":").string(record.winner().revision().toString());
        json.ascii(stored[first] == '}' ? "" : ",").raw(stored, first, stored.length - first);
        return new DesignDocument(record.id(), json.toByteArray(), JsonTree.ofValid(stored));
    }

    /** {@code javascript} where it does not say. */
    public String language() {
        return language(members);
    }

    static String language(JsonNode members) {
        JsonNode language = members.get("language");
        return language == null ? "javascript" : language.asString("");
    }

    static boolean isJavaScript(String language) {
        return JAVASCRIPT.contains(language);
    }

    /**
     * A function that has to be there.
     *
     * @throws RequestException 404 that names what is missing
     */
    public void require(String section, String name) {
        JsonNode functions = members.get(section);
        if (functions == null) {
            throw new RequestException(ErrorCode.MISSING_KEY, section);
        }
        if (!functions.has(name)) {
            throw new RequestException(ErrorCode.MISSING_KEY, name);
        }
    }

    /** @throws RequestException 500 where its functions are in a language that nothing here runs */
    public void requireJavaScript() {
        if (!isJavaScript(language())) {
            throw FunctionException.of("unknown_query_language", language());
        }
    }

    /** What its validation function is, if it has one. */
    @Nullable
    JsonNode validation() {
        return members.get("validate_doc_update");
    }
}
