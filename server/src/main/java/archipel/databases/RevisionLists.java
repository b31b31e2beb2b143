package archipel.databases;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.Names;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.memory.Allowance;
import archipel.memory.JsonWeight;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Revisions by document, as {@code _revs_diff}, {@code _missing_revs} and {@code _purge} take them. */
final class RevisionLists {
    private static final JsonFactory JSON = new JsonFactory();

    private RevisionLists() {}

    /**
     * Reads {@code {"id": ["1-a", …], …}}; of an id that comes twice the last list counts.
     *
     * @throws RequestException 400 for anything else
     */
    static Map<String, List<Revision>> parse(byte[] json) {
        Allowance.current().hold(JsonWeight.of(json));
        Map<String, List<Revision>> revisions = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
            JsonToken first = parser.nextToken();
            if (first != JsonToken.START_OBJECT) {
                throw new RequestException(first == null ? ErrorCode.INVALID_JSON : ErrorCode.BODY_NOT_OBJECT);
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String id = parser.currentName();
                if (Names.hasLoneSurrogate(id)) {
                    throw new RequestException(ErrorCode.INVALID_JSON);
                }
                parser.nextToken();
                revisions.put(id, list(parser));
            }
            if (parser.nextToken() != null) {
                throw new RequestException(ErrorCode.INVALID_JSON);
            }
        } catch (JacksonException e) {
            throw new RequestException(ErrorCode.INVALID_JSON);
        }
        return revisions;
    }

    private static List<Revision> list(JsonParser parser) {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw new RequestException(ErrorCode.INVALID_REVISION_LIST);
        }
        List<Revision> list = new ArrayList<>(1);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.VALUE_STRING) {
                throw new RequestException(ErrorCode.INVALID_REVISION);
            }
            list.add(Revision.parse(parser.getString()));
        }
        return list;
    }

    /** Writes {@code ["1-a",…]}. */
    static void write(List<Revision> revisions, JsonBuffer json) {
        json.ascii('[');
        for (int i = 0; i < revisions.size(); i++) {
            json.ascii(i == 0 ? "" : ",").string(revisions.get(i).toString());
        }
        json.ascii(']');
    }
}
