package archipel.databases;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.document.Revision;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Revisions by document, as {@code _revs_diff}, {@code _missing_revs} and {@code _purge} take them. */
final class RevisionLists {
    private RevisionLists() {}

    /**
     * Reads {@code {"id": ["1-a", …], …}}.
     *
     * @throws RequestException 400 for anything else
     */
    static Map<String, List<Revision>> of(ObjectNode lists) {
        Map<String, List<Revision>> revisions = new LinkedHashMap<>();
        lists.forEachEntry((id, list) -> revisions.put(id, list(list)));
        return revisions;
    }

    private static List<Revision> list(JsonNode given) {
        if (!given.isArray()) {
            throw new RequestException(ErrorCode.INVALID_REVISION_LIST);
        }
        List<Revision> list = new ArrayList<>(given.size());
        for (JsonNode revision : given) {
            if (!revision.isString()) {
                throw new RequestException(ErrorCode.INVALID_REVISION);
            }
            list.add(Revision.parse(revision.stringValue()));
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
