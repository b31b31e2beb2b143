package archipel.documents;

import archipel.document.DocumentBody;
import archipel.document.JsonBuffer;
import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import archipel.document.RevisionTree;
import archipel.merge.Ancestry;
import archipel.merge.LeafContents;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A document's whole tree, {@code _revs_tree}: all revisions in ascending order, each with its parents (of a merge also
 * the leaves that it merged), whether it is here, when and on which node it came to be, and of leaves what they have
 * seen: of each node the time of its newest revision that went into them.
 */
final class RevisionTreeJson {
    private final Reader reader;
    private final DocumentRecord record;
    private final RevisionTree tree;
    private final Map<Revision, Stamp> stamps = new HashMap<>();

    RevisionTreeJson(Reader reader, DocumentRecord record) {
        this.reader = reader;
        this.record = record;
        this.tree = record.tree();
    }

    void write(JsonBuffer out) {
        for (Revision revision : tree.revisions()) {
            Stamp stamp = tree.isWritten(revision) ? reader.documents().stamp(record, revision) : null;
            if (stamp != null) {
                stamps.put(revision, stamp);
            }
        }
        Ancestry ancestry = new Ancestry(tree, new Contents());
        String separator = "[";
        for (Revision revision : tree.revisions()) {
            out.ascii(separator).ascii("{\"rev\":").string(revision.toString()).ascii(",\"parents\":[");
            separator = ",";
            List<Revision> parents = new ArrayList<>(tree.parents(revision));
            parents.addAll(new TreeSet<>(ancestry.mergedInto(revision)).descendingSet());
            for (int i = 0; i < parents.size(); i++) {
                out.ascii(i == 0 ? "" : ",").string(parents.get(i).toString());
            }
            out.ascii("],\"status\":").string(status(revision));
            Stamp stamp = stamps.get(revision);
            if (stamp != null) {
                out.ascii(",\"time\":")
                        .number(stamp.timeMs())
                        .ascii(",\"node\":")
                        .string(stamp.node());
            }
            if (tree.isLeaf(revision)) {
                seen(out, ancestry, revision);
            }
            out.ascii('}');
        }
        out.ascii(']');
    }

    private String status(Revision revision) {
        if (tree.isDeleted(revision)) {
            return "deleted";
        }
        return tree.isWritten(revision) && reader.documents().body(record, revision) != null ? "available" : "missing";
    }

    private void seen(JsonBuffer out, Ancestry ancestry, Revision leaf) {
        Map<String, Long> newest = new TreeMap<>();
        for (Revision revision : ancestry.of(leaf)) {
            Stamp stamp = stamps.get(revision);
            if (stamp != null) {
                newest.merge(stamp.node(), stamp.timeMs(), Math::max);
            }
        }
        out.ascii(",\"seen\":{");
        String separator = "";
        for (Map.Entry<String, Long> node : newest.entrySet()) {
            out.ascii(separator).string(node.getKey()).ascii(":").number(node.getValue());
            separator = ",";
        }
        out.ascii('}');
    }

    private final class Contents implements LeafContents {
        @Override
        public @Nullable DocumentBody body(Revision revision) {
            return reader.documents().body(record, revision);
        }

        @Override
        public Stamp stamp(Revision leaf) {
            return stamps.getOrDefault(leaf, Stamp.UNKNOWN);
        }
    }
}
