package archipel.mango;

import archipel.document.JsonCollation;
import archipel.mango.Plan.Candidate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Says of each index why it was not chosen, in CouchDB's words and with its ranks. */
final class Candidates {
    private final List<FieldIndex> catalog;
    private final FindQuery query;
    private final @Nullable FieldIndex winner;
    private final List<Candidate> candidates = new ArrayList<>();

    Candidates(List<FieldIndex> catalog, FindQuery query, @Nullable FieldIndex winner) {
        this.catalog = catalog;
        this.query = query;
        this.winner = winner;
    }

    /**
     * In descending order of names, the documents themselves last.
     *
     * @param whole those that hold all documents, or were named
     * @param usable of them
     * @param chosen of the usable ones those that were left
     * @param ranked of the chosen ones those of the kind that was preferred, the best first
     */
    List<Candidate> list(
            List<FieldIndex> whole,
            Usability usability,
            List<FieldIndex> usable,
            List<FieldIndex> chosen,
            List<FieldIndex> ranked) {
        List<FieldIndex> preferred = ranked.isEmpty() ? chosen : ranked;
        List<FieldIndex> unfavored = without(chosen, preferred);
        List<FieldIndex> excluded = without(usable, chosen);
        List<FieldIndex> unusable = without(whole, usable);
        int rank = Math.max(1, ranked.size());
        add(unfavored, true, "unfavored_type", rank);
        rank += unfavored.isEmpty() ? 0 : 1;
        add(excluded, true, "excluded_by_user", rank);
        rank += excluded.isEmpty() ? 0 : 1;
        for (FieldIndex index : unusable) {
            String reason = usability.refusal(index);
            add(List.of(index), false, reason == null ? Usability.FIELDS : reason, rank);
        }
        rank += unusable.isEmpty() ? 0 : 1;
        add(without(catalog, whole), false, "is_partial", rank);
        addLosers(ranked);
        candidates.sort(
                Comparator.comparing(Candidate::index, Candidates::compare).reversed());
        return List.copyOf(candidates);
    }

    private void addLosers(List<FieldIndex> ranked) {
        Set<String> bounded =
                new TreeSet<>(SelectorFields.indexable(query.selector().condition()));
        for (int i = 0; i < ranked.size(); i++) {
            FieldIndex index = ranked.get(i);
            boolean wider = winner != null
                    && index.columns().fields().size()
                            > winner.columns().fields().size();
            String reason = Planner.distance(index, bounded) > 0
                    ? "less_overlap"
                    : wider ? "too_many_fields" : "alphabetically_comes_after";
            add(List.of(index), true, reason, i);
        }
    }

    private void add(List<FieldIndex> indexes, boolean usable, String reason, int ranking) {
        for (FieldIndex index : indexes) {
            if (index != winner) {
                Boolean covering = index.isAllDocuments()
                        ? null
                        : !query.fields().isEmpty() && Coverage.covers(index, new TreeSet<>(query.fields()));
                candidates.add(new Candidate(index, usable, reason, ranking, covering));
            }
        }
    }

    private static List<FieldIndex> without(List<FieldIndex> indexes, List<FieldIndex> others) {
        return indexes.stream().filter(index -> !others.contains(index)).toList();
    }

    /** The documents themselves are before all others. */
    private static int compare(FieldIndex one, FieldIndex two) {
        String first = one.designDocument() == null ? "" : one.designDocument();
        String second = two.designDocument() == null ? "" : two.designDocument();
        int order = JsonCollation.compareBytes(first, second);
        return order != 0 ? order : JsonCollation.compareBytes(one.name(), two.name());
    }
}
