package archipel.merge;

import archipel.document.CanonicalJson;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.document.RevisionHash;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The deletion that closes a branch whose content another revision took over. Its body names that revision ({@code
 * {"merged_into": "4-…"}}), so that whoever has both branches knows that the one contains the other, whichever way
 * they came: what a merge has merged is part of the documents, and survives databases that know nothing of merging.
 *
 * @param parent the leaf that it closes
 * @param revision its own
 * @param json its body
 */
public record Tombstone(Revision parent, Revision revision, byte[] json) {
    private static final String MEMBER = "merged_into";

    /** The same on every node, for the same two revisions. */
    public static Tombstone of(Revision parent, Revision successor) {
        byte[] json = new JsonBuffer(80)
                .ascii("{\"")
                .ascii(MEMBER)
                .ascii("\":")
                .string(successor.toString())
                .ascii('}')
                .toByteArray();
        byte[] digest = CanonicalJson.digest(json, 0, json.length);
        return new Tombstone(parent, RevisionHash.next(parent, true, digest, List.of()), json);
    }

    /** The revision that a deletion's body names; null for any other deletion. */
    public static @Nullable Revision successor(byte[] json) {
        JsonNode name = json.length > 4096
                ? null
                : JsonTree.membersOfValid(json, Set.of(MEMBER)).get(MEMBER);
        if (name == null || !name.isString()) {
            return null;
        }
        try {
            return Revision.parse(name.stringValue());
        } catch (RequestException e) {
            // A document of somebody who uses the name for something else.
            return null;
        }
    }
}
