package archipel.view;

import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A design document as it stands at some block.
 *
 * @param database the uuid of its database
 * @param json with {@code _id} and {@code _rev}, as its functions see it; of attachments stubs
 * @param members what {@code json} says
 */
public record DesignDocument(String database, String id, byte[] json, JsonNode members) {
    public static final String PREFIX = "_design/";

    /** The names under which JavaScript goes; the last two ask CouchDB for one certain engine. */
    private static final Set<String> JAVASCRIPT = Set.of("javascript", "javascript_quickjs", "javascript_spidermonkey");

    /**
     * The record of a design document that has to be there.
     *
     * @param name without {@code _design/}
     * @throws RequestException 404 {@code missing} or {@code deleted}
     */
    public static DocumentRecord require(Reader reader, String name) {
        DocumentRecord record = reader.documents().find(PREFIX + name);
        if (record == null) {
            throw new RequestException(ErrorCode.MISSING);
        }
        if (record.winner().deleted()) {
            throw new RequestException(ErrorCode.DELETED);
        }
        return record;
    }

    /** One that has to be there; throws as {@link #require(Reader, String)} does. */
    public static DesignDocument read(Reader reader, String name) {
        return read(reader, require(reader, name));
    }

    static DesignDocument read(Reader reader, DocumentRecord record) {
        DocumentBody body =
                reader.documents().leafBody(record.id(), record.winner().revision());
        if (body == null) {
            throw new RequestException(ErrorCode.MISSING);
        }
        return of(reader, record, body);
    }

    /** @param body of the winner */
    public static DesignDocument of(Reader reader, DocumentRecord record, DocumentBody body) {
        byte[] json = MappedVersion.json(record.id(), List.of(record.winner()), body, 0);
        return new DesignDocument(reader.uuid(), record.id(), json, JsonTree.ofValid(json));
    }

    /** {@code javascript} where it does not say. */
    public String language() {
        return language(members);
    }

    /** The same of a document that is to be one. */
    public static String language(JsonNode members) {
        JsonNode language = members.get("language");
        return language == null ? "javascript" : language.asString("");
    }

    /** Whether the language is JavaScript, whatever name it goes by. */
    public static boolean isJavaScript(String language) {
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
            throw new RequestException(ErrorCode.UNKNOWN_QUERY_LANGUAGE, language());
        }
    }

    /** What its validation function is, if it has one. */
    public @Nullable JsonNode validation() {
        return members.get("validate_doc_update");
    }
}
