package archipel.client;

import archipel.calls.Call;
import archipel.failures.ArchipelException;
import archipel.failures.ErrorAnswer;
import archipel.failures.NotFoundException;
import archipel.failures.OutcomeUnknownException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Finds out whether a conflict is due to the same write, which was carried out although its answer was lost.
 *
 * <p>A revision's id is a hash of its content and of the revision that it replaces, so the same edit of the same
 * revision is the same revision, whoever makes it. A revision that was replaced once is no leaf any more and is not
 * replaced again by a write with {@code _rev}. So the write is there if and only if a child of the replaced revision
 * has its content; where the child has another one, the write is not there and never will be. The child is looked for
 * in the histories of all leaves, since it may have been replaced in turn. What has been stemmed or pruned meanwhile
 * cannot be compared, and leaves the outcome unknown.
 *
 * <p>The client does not compute the hash: that would take the node's canonical form of JSON. It compares contents.
 */
final class RepeatedWrite {
    private static final int MOST_CANDIDATES = 16;

    private final DatabaseCalls calls;
    private final String id;
    private final @Nullable String parent;
    private final Predicate<JsonNode> content;

    /**
     * @param parent that the write names; null for none
     * @param content whether a revision, with its reserved members, has what the write gives it
     */
    RepeatedWrite(DatabaseCalls calls, String id, @Nullable String parent, Predicate<JsonNode> content) {
        this.calls = calls;
        this.id = id;
        this.parent = parent;
        this.content = content;
    }

    /**
     * Looks for the write. @return its revision; empty where it is certainly not there
     *
     * @throws OutcomeUnknownException where that cannot be told
     */
    Optional<String> find() {
        JsonNode leaves;
        try {
            Call call = Call.read(calls.path(DatabaseCalls.id(id)))
                    .with("open_revs", "all")
                    .with("revs", "true")
                    .header("Accept", "application/json");
            leaves = read(call);
        } catch (NotFoundException e) {
            return Optional.empty();
        } catch (ArchipelException e) {
            throw unknown("Looking for it failed.", e);
        }
        boolean seesAll = true;
        for (JsonNode leaf : leaves) {
            JsonNode document = leaf.path("ok");
            List<String> history = history(document);
            Candidates candidates = candidates(history);
            seesAll &= candidates.complete;
            for (String candidate : candidates.revisions) {
                JsonNode body = candidate.equals(history.get(0)) ? document : body(candidate);
                if (body == null) {
                    seesAll = false;
                } else if (content.test(body)) {
                    return Optional.of(candidate);
                }
            }
        }
        if (!seesAll) {
            throw unknown("The revision that it would have made cannot be read any more.", null);
        }
        return Optional.empty();
    }

    private JsonNode read(Call call) {
        return Json.exactly(calls.read(call, new Pin.Newest(Consistency.LINEARIZABLE)));
    }

    private OutcomeUnknownException unknown(String why, @Nullable Throwable cause) {
        return new OutcomeUnknownException("write " + id, ErrorAnswer.none("write_undecided", why), cause);
    }

    /** From the leaf to its ancestors, as far as they are known. */
    private static List<String> history(JsonNode document) {
        List<String> history = new ArrayList<>();
        JsonNode revisions = document.path("_revisions");
        int generation = revisions.path("start").asInt();
        for (JsonNode hash : revisions.path("ids")) {
            history.add(generation-- + "-" + hash.asString());
        }
        return history;
    }

    /** @param complete whether there can be no others */
    private record Candidates(List<String> revisions, boolean complete) {}

    private Candidates candidates(List<String> history) {
        if (history.isEmpty()) {
            return new Candidates(List.of(), false);
        }
        boolean toTheRoot = generation(history.get(history.size() - 1)) == 1;
        if (parent == null) {
            // It may have begun the document, or continued it after a deletion.
            boolean all = toTheRoot && history.size() <= MOST_CANDIDATES;
            return new Candidates(history.subList(0, Math.min(history.size(), MOST_CANDIDATES)), all);
        }
        int at = history.indexOf(parent);
        if (at > 0) {
            return new Candidates(List.of(history.get(at - 1)), true);
        }
        // Another branch, unless the part with the parent is not known any more.
        boolean reaches = generation(history.get(history.size() - 1)) <= generation(parent);
        return new Candidates(List.of(), at == 0 || toTheRoot || reaches);
    }

    private static int generation(String revision) {
        return Integer.parseInt(revision.substring(0, revision.indexOf('-')));
    }

    private @Nullable JsonNode body(String revision) {
        try {
            Call call = Call.read(calls.path(DatabaseCalls.id(id))).with("rev", revision);
            return read(call);
        } catch (NotFoundException e) {
            return null;
        } catch (ArchipelException e) {
            throw unknown("Looking for it failed.", e);
        }
    }
}
