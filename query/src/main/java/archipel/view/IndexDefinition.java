package archipel.view;

import archipel.document.SortKey;
import archipel.index.Reducer;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What an index is made of: that which its rows depend on, and nothing else. */
public interface IndexDefinition {
    /** 32 hex digits; equal for definitions that make equal indexes. */
    String signature();

    /** The id of the design document that defines it. */
    String designDocument();

    /** The views' names, in the order of their numbers; one that shares another's map function has its own. */
    List<String> views();

    /**
     * For one thread; to be closed.
     *
     * @param failures maps of views that have failed are not called, and those that fail are added
     */
    Mapper mapper(Mapper.Failures failures);

    /** One for each view. */
    List<Reducer> reducers();

    /** Whether rows of the view are reduced where a query does not say. */
    default boolean isReduced(int view) {
        return false;
    }

    /** The design document's language. */
    String language();

    /** A key's place in the order of a view; by default in CouchDB's. */
    default byte[] sortKey(int view, JsonNode key) {
        return SortKey.of(key);
    }

    /** Whether design documents are indexed too. */
    default boolean designDocuments() {
        return false;
    }

    /** Whether the maps see {@code _local_seq}. */
    default boolean localSequence() {
        return false;
    }
}
