package archipel.view;

import archipel.index.Gap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The map functions of an index's views. For one thread at a time. */
public interface Mapper extends AutoCloseable {
    /**
     * What the documents emit in all views.
     *
     * @param documents JSON objects with {@code _id} and {@code _rev}
     * @return for each document its emissions, those of one view in the order in which they were made; a document whose
     *     map failed in a view emits nothing there
     */
    List<List<Emission>> map(List<byte[]> documents);

    /**
     * The same for the first of the documents: for as many as have room for their emissions.
     *
     * @param room bytes, as {@link Emission#weight()} counts; with {@link #mostRoom} there is always enough for one
     * @return fewer lists than documents where there is no room for more, or the rest is to be asked for anew; none
     *     where those of the first alone have no room
     */
    default List<List<Emission>> mapSome(List<byte[]> documents, long room) {
        return map(documents);
    }

    /** What the emissions of one document may take at the most, bytes; where they take more its map has failed. */
    default long mostRoom() {
        return Long.MAX_VALUE;
    }

    /** How many calls of a map function have failed; 0 where the functions never do. */
    default long errors() {
        return 0;
    }

    /** What the last of them threw; null where none has, or the functions never do. */
    default @Nullable String lastError() {
        return null;
    }

    /** What the last call could not find out; nothing where the functions always end. */
    default List<Ended> ended() {
        return List.of();
    }

    /** Where it holds nothing there is nothing to be done. */
    @Override
    default void close() {}

    /**
     * A map that was ended since it took too much.
     *
     * @param document its place among those that were mapped
     * @param reason what it took too much of
     */
    record Ended(int document, int view, String reason) {}

    /**
     * Which views of an index have failed, while it is brought up to date: those whose map ran into its limits with a
     * few documents, those included that it left out before. A map that never ends would take seconds for each of a
     * million. What the others emit goes on being indexed. Safe for use by many threads.
     */
    final class Failures {
        private final Map<Integer, Integer> counts = new TreeMap<>();
        private final Map<Integer, String> failed;

        /** @param known those that failed before, with the reasons */
        public Failures(Map<Integer, String> known) {
            this(known, List.of());
        }

        /** @param gaps what was left out before */
        Failures(Map<Integer, String> known, List<Gap> gaps) {
            this.failed = new TreeMap<>(known);
            gaps.forEach(gap -> counts.merge(gap.view(), 1, Integer::sum));
        }

        synchronized boolean isFailed(int view) {
            return failed.containsKey(view);
        }

        /**
         * Counts a document with which the map of that view ran into its limits.
         *
         * @param most with so many the view fails
         * @param reason what it fails with then
         */
        synchronized void add(int view, int most, String reason) {
            if (counts.merge(view, 1, Integer::sum) >= most) {
                failed.putIfAbsent(view, reason);
            }
        }

        /** The reasons, by the views' numbers. */
        public synchronized Map<Integer, String> failed() {
            return Map.copyOf(failed);
        }
    }
}
