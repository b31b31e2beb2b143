package archipel.ends;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Which of a source's documents are replicated. */
public sealed interface Selection {
    Selection ALL = new All();

    /** All of them. */
    record All() implements Selection {}

    /** {@code doc_ids}: these, sorted and each once. */
    record Ids(List<String> ids) implements Selection {
        public Ids {
            ids = List.copyOf(ids);
        }
    }

    /** {@code selector}: those that match. */
    record Matching(ObjectNode selector) implements Selection {}

    /**
     * {@code filter}: those that a function of one of the source's design documents lets through, or one of CouchDB's
     * own filters.
     *
     * @param name {@code design/function}, or a name that begins with an underscore
     * @param parameters strings, shown to the function as its request's query
     */
    record Filter(String name, ObjectNode parameters) implements Selection {
        /** Whether it is one of CouchDB's own, whose text is no part of a replication's id. */
        public boolean isBuiltIn() {
            return name.startsWith("_");
        }

        public String design() {
            return name.substring(0, name.indexOf('/'));
        }

        public String function() {
            return name.substring(name.indexOf('/') + 1);
        }

        /** That a source does not have it. @param source without credentials */
        ReplicationException missing(String source) {
            return new ReplicationException(
                    "filter_fetch_error",
                    "Couldn't open document `_design/" + design() + "` with the filter `" + function()
                            + "` from source database `" + source + "`",
                    true,
                    null);
        }
    }
}
