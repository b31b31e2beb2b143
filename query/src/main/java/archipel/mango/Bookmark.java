package archipel.mango;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonCollation;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import java.util.Base64;
import tools.jackson.databind.JsonNode;

/**
 * Where a query's next page begins: after a place in one walk.
 *
 * @param walk of which walk: {@link #DOCUMENTS}, {@link #sorted}, or an index's signature
 * @param key the sort key there; empty in a walk by id
 */
record Bookmark(String walk, byte[] key, String id) {
    /** A walk by id. */
    static final String DOCUMENTS = "d";

    /** What a query without any result answers. */
    static final String NONE = "nil";

    /** Names a walk that was sorted by the query, by sort keys of this version of collation. */
    static String sorted() {
        return "s" + JsonCollation.version();
    }

    /** Whether the walk was sorted by the query. */
    boolean isSorted() {
        return walk.equals(sorted());
    }

    /** @throws RequestException 400 {@code invalid_bookmark} */
    static Bookmark parse(String text) {
        try {
            byte[] json = Base64.getUrlDecoder().decode(text);
            JsonNode fields = JsonTree.parse(json, 0, json.length, JsonLimits.DEFAULT);
            if (fields.isArray() && fields.size() == 3) {
                return new Bookmark(
                        fields.get(0).stringValue(),
                        Base64.getDecoder().decode(fields.get(1).stringValue()),
                        fields.get(2).stringValue());
            }
        } catch (IllegalArgumentException | RequestException | tools.jackson.databind.exc.JsonNodeException e) {
            // Answered below, like all else that is none of ours.
        }
        throw invalid(text);
    }

    static RequestException invalid(String text) {
        JsonBuffer shown = new JsonBuffer().string(text.length() > 1000 ? text.substring(0, 1000) : text);
        return new RequestException(ErrorCode.QUERY_BOOKMARK, new String(shown.toByteArray(), UTF_8));
    }

    @Override
    public String toString() {
        JsonBuffer json = new JsonBuffer().ascii('[').string(walk).ascii(",\"");
        json.ascii(Base64.getEncoder().encodeToString(key))
                .ascii("\",")
                .string(id)
                .ascii(']');
        return Base64.getUrlEncoder().withoutPadding().encodeToString(json.toByteArray());
    }
}
