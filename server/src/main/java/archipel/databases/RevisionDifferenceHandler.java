package archipel.databases;

import archipel.document.JsonBuffer;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.document.RevisionTree;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
import archipel.http.Router;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Which of a sender's revisions a database lacks: {@code _revs_diff} and {@code _missing_revs}. */
final class RevisionDifferenceHandler {
    void register(Router router) {
        router.database("_revs_diff", Access.MEMBER, "POST").post(this::difference);
        router.database("_missing_revs", Access.MEMBER, "POST").post(this::missing);
    }

    private void difference(DatabaseRequest request, Answer answer) throws IOException {
        Map<String, List<Revision>> asked =
                RevisionLists.of(request.body().requireJson().jsonObject());
        JsonBuffer json = new JsonBuffer(1024);
        try (Reader reader = request.reader()) {
            reader.documents().expectOrder();
            writeDifference(reader, asked, json);
        }
        answer.json(200, json);
    }

    private void missing(DatabaseRequest request, Answer answer) throws IOException {
        Map<String, List<Revision>> asked =
                RevisionLists.of(request.body().requireJson().jsonObject());
        JsonBuffer json = new JsonBuffer(1024);
        try (Reader reader = request.reader()) {
            reader.documents().expectOrder();
            writeMissing(reader, asked, json);
        }
        answer.json(200, json);
    }

    /** Writes {@code {"id":{"missing":[…],"possible_ancestors":[…]},…}}, only of documents that lack something. */
    private static void writeDifference(Reader reader, Map<String, List<Revision>> asked, JsonBuffer json) {
        json.ascii('{');
        boolean first = true;
        for (Map.Entry<String, List<Revision>> entry : asked.entrySet()) {
            RevisionTree tree = tree(reader, entry.getKey(), entry.getValue());
            List<Revision> missing = missing(tree, entry.getValue());
            if (missing.isEmpty()) {
                continue;
            }
            json.ascii(first ? "" : ",").string(entry.getKey()).ascii(":{\"missing\":");
            first = false;
            RevisionLists.write(missing, json);
            List<Revision> ancestors = possibleAncestors(tree, missing);
            if (!ancestors.isEmpty()) {
                RevisionLists.write(ancestors, json.ascii(",\"possible_ancestors\":"));
            }
            json.ascii('}');
        }
        json.ascii('}');
    }

    /** Writes {@code {"missing_revs":{"id":[…],…}}}, only of documents that lack something. */
    private static void writeMissing(Reader reader, Map<String, List<Revision>> asked, JsonBuffer json) {
        json.ascii("{\"missing_revs\":{");
        boolean first = true;
        for (Map.Entry<String, List<Revision>> entry : asked.entrySet()) {
            List<Revision> missing = missing(tree(reader, entry.getKey(), entry.getValue()), entry.getValue());
            if (!missing.isEmpty()) {
                RevisionLists.write(
                        missing,
                        json.ascii(first ? "" : ",").string(entry.getKey()).ascii(':'));
                first = false;
            }
        }
        json.ascii("}}");
    }

    private static RevisionTree tree(Reader reader, String id, List<Revision> asked) {
        DocumentRecord record = asked.isEmpty() ? null : reader.documents().find(id);
        return record == null ? RevisionTree.EMPTY : record.tree();
    }

    private static List<Revision> missing(RevisionTree tree, List<Revision> asked) {
        if (tree.isEmpty()) {
            return asked;
        }
        List<Revision> missing = new ArrayList<>(asked.size());
        for (Revision revision : asked) {
            if (!tree.contains(revision)) {
                missing.add(revision);
            }
        }
        return missing;
    }

    /** The leaves that a missing revision could descend from: those of a lower generation. */
    private static List<Revision> possibleAncestors(RevisionTree tree, List<Revision> missing) {
        if (tree.isEmpty()) {
            return List.of();
        }
        int newest = 0;
        for (Revision revision : missing) {
            newest = Math.max(newest, revision.generation());
        }
        List<Revision> ancestors = new ArrayList<>(1);
        for (Leaf leaf : tree.leaves()) {
            if (leaf.revision().generation() < newest) {
                ancestors.add(leaf.revision());
            }
        }
        return ancestors;
    }
}
