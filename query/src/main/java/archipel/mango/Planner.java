package archipel.mango;

import archipel.document.ErrorCode;
import archipel.document.JsonCollation;
import archipel.document.RequestException;
import archipel.mango.FieldRanges.IdEncoding;
import archipel.mango.Plan.Access;
import archipel.mango.Plan.Candidate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Chooses how to answer a query. By CouchDB's rules, so that the same index is taken and results come in the same
 * order: of the indexes that hold all matching documents in the order asked for, the one whose leading columns the
 * selector bounds best, then the one with the fewest columns. Where CouchDB goes by the alphabet then, the index with
 * the fewest rows in those bounds is taken first.
 *
 * <p>Beyond CouchDB: a field counts as bounded by {@code $in} and by an {@code $or} over it too; an {@code $or} whose
 * branches have an index each is a union of walks; and where no index has the order, the results are sorted.
 */
final class Planner {
    /** How many rows of an index lie in the ranges; -1 where that is not known. */
    @FunctionalInterface
    interface Estimates {
        long rows(FieldIndex index, ByteRanges keys);
    }

    private final List<FieldIndex> catalog;
    private final FindQuery query;
    private final Condition condition;
    private final boolean maySort;
    private final boolean mayCover;
    private final long documents;
    private final Estimates estimates;
    private final Map<FieldIndex, Long> estimated = new HashMap<>();

    /**
     * @param maySort whether results may be sorted in memory
     * @param mayCover whether documents may be shown without a look at them
     * @param documents how many there are; -1 where that is not known
     */
    Planner(
            List<FieldIndex> catalog,
            FindQuery query,
            boolean maySort,
            boolean mayCover,
            long documents,
            Estimates estimates) {
        this.catalog = catalog;
        this.query = query;
        this.condition = query.selector().condition();
        this.maySort = maySort && query.allowFallback();
        this.mayCover = mayCover;
        this.documents = documents;
        this.estimates = estimates;
    }

    /**
     * @throws RequestException 400 {@code invalid_index}, {@code invalid_bookmark}; {@code no_usable_index} is a plan
     *     without an index
     */
    Plan plan() {
        Bookmark bookmark = query.bookmark().isEmpty() ? null : Bookmark.parse(query.bookmark());
        boolean resumesSorted = bookmark != null && bookmark.isSorted();
        List<FieldIndex> whole = catalog.stream()
                .filter(index -> index.partial() == null || query.names(index))
                .toList();
        Usability ordered = new Usability(condition, query.sort());
        List<FieldIndex> usable = resumesSorted ? List.of() : usable(whole, ordered);
        Usability usability = ordered;
        boolean sorts = usable.isEmpty();
        if (sorts) {
            if (!maySort || query.sort().isEmpty()) {
                return unusable(bookmark, ordered);
            }
            usability = new Usability(condition, SortOrder.NONE);
            usable = usable(whole, usability);
        }
        List<FieldIndex> named = usable.stream().filter(query::names).toList();
        if (named.isEmpty() && !query.allowFallback() && (!query.useIndex().isEmpty() || usable.size() < 2)) {
            throw unsuitable();
        }
        List<FieldIndex> chosen = resumed(named.isEmpty() ? usable : named, bookmark);
        List<FieldIndex> indexes =
                chosen.stream().filter(index -> !index.isAllDocuments()).toList();
        List<FieldIndex> ranked = ranked(indexes);
        // The documents themselves are in the order of ids.
        boolean byId = sorts && query.sort().fields().equals(List.of("_id")) && !resumesSorted;
        FieldIndex winner = ranked.isEmpty() || byId ? FieldIndex.ALL_DOCUMENTS : ranked.getFirst();
        sorts &= !byId;
        Access access = access(winner, condition, !sorts && mayCover);
        Access.Union union = winner.isAllDocuments() && query.sort().isEmpty() | sorts ? union(usability) : null;
        access = union == null ? access : union;
        List<Candidate> candidates =
                new Candidates(catalog, query, winner).list(whole, usability, usable, chosen, ranked);
        return new Plan(
                winner,
                query.selector().isForNothing() ? new Access.Nothing() : access,
                sorts,
                candidates,
                estimate(access));
    }

    private Plan unusable(@Nullable Bookmark bookmark, Usability ordered) {
        if (bookmark != null && bookmark.isSorted()) {
            throw Bookmark.invalid(query.bookmark());
        }
        List<FieldIndex> whole = catalog.stream()
                .filter(index -> index.partial() == null || query.names(index))
                .toList();
        List<Candidate> candidates =
                new Candidates(catalog, query, null).list(whole, ordered, List.of(), List.of(), List.of());
        return new Plan(null, new Access.Nothing(), false, candidates, 0);
    }

    private static List<FieldIndex> usable(List<FieldIndex> indexes, Usability usability) {
        return indexes.stream()
                .filter(index -> usability.refusal(index) == null)
                .toList();
    }

    private RequestException unsuitable() {
        return query.useIndex().isEmpty()
                ? new RequestException(ErrorCode.INDEX_NOT_NAMED)
                : new RequestException(ErrorCode.INDEX_UNSUITABLE, String.join(", ", query.useIndex()));
    }

    /** A later page goes on in the walk that the first one was taken from. */
    private List<FieldIndex> resumed(List<FieldIndex> chosen, @Nullable Bookmark bookmark) {
        if (bookmark == null || bookmark.isSorted()) {
            return chosen;
        }
        List<FieldIndex> same = chosen.stream()
                .filter(index -> index.walk().equals(bookmark.walk()))
                .toList();
        if (same.isEmpty()) {
            throw Bookmark.invalid(query.bookmark());
        }
        return same;
    }

    /** The best first. */
    private List<FieldIndex> ranked(List<FieldIndex> indexes) {
        Set<String> bounded = bounded(indexes);
        Comparator<FieldIndex> order = Comparator.<FieldIndex>comparingInt(index -> distance(index, bounded))
                .thenComparingInt(index -> index.columns().fields().size());
        List<FieldIndex> ranked = new ArrayList<>(indexes);
        Set<String> compared = Set.copyOf(SelectorFields.indexable(condition));
        ranked.sort(order.thenComparingInt(index -> isGuess(index, indexes, order) ? distance(index, compared) : 0)
                .thenComparingLong(index -> tied(index, indexes, order) ? orMost(rows(index)) : 0)
                .thenComparing(index -> Objects.requireNonNull(index.designDocument()), JsonCollation::compareBytes)
                .thenComparing(FieldIndex::name, JsonCollation::compareBytes));
        return ranked;
    }

    private static boolean tied(FieldIndex index, List<FieldIndex> indexes, Comparator<FieldIndex> order) {
        return indexes.stream().anyMatch(other -> other != index && order.compare(index, other) == 0);
    }

    /**
     * Whether rows cannot be compared with those of indexes that do as well, one of which was never built. What is
     * compared with a value bounds a column more closely than what only has to be an array, say.
     */
    private boolean isGuess(FieldIndex index, List<FieldIndex> indexes, Comparator<FieldIndex> order) {
        return tied(index, indexes, order)
                && indexes.stream().anyMatch(other -> order.compare(index, other) == 0 && rows(other) < 0);
    }

    /** How many bounded fields it makes no use of. */
    static int distance(FieldIndex index, Set<String> bounded) {
        int prefix = 0;
        for (String column : index.columns().fields()) {
            if (!bounded.contains(column)) {
                break;
            }
            prefix++;
        }
        return bounded.size() - prefix;
    }

    private Set<String> bounded(List<FieldIndex> indexes) {
        Set<String> bounded = new TreeSet<>(SelectorFields.indexable(condition));
        for (FieldIndex index : indexes) {
            for (String column : index.columns().fields()) {
                if (!ColumnEncoding.values(condition, column).isAll()) {
                    bounded.add(column);
                }
            }
        }
        return bounded;
    }

    private long rows(FieldIndex index) {
        return estimated.computeIfAbsent(
                index,
                one -> estimates.rows(
                        one, ColumnEncoding.keys(condition, one.columns().fields())));
    }

    private Access access(FieldIndex index, Condition wanted, boolean cover) {
        if (index.isAllDocuments()) {
            ByteRanges ids = new FieldRanges("_id", new IdEncoding()).of(wanted);
            return ids.isEmpty() ? new Access.Nothing() : new Access.Documents(ids);
        }
        ByteRanges keys = ColumnEncoding.keys(wanted, index.columns().fields());
        if (keys.isEmpty()) {
            return new Access.Nothing();
        }
        return new Access.Keys(index, keys, cover && isCovered(index));
    }

    private boolean isCovered(FieldIndex index) {
        if (query.fields().isEmpty() || query.conflicts()) {
            return false;
        }
        Set<String> fields = new TreeSet<>(query.fields());
        fields.addAll(SelectorFields.named(condition));
        return Coverage.covers(index, fields);
    }

    /** Walks whose results together are all that matches; null where some branch has none, or they are no gain. */
    private Access.@Nullable Union union(Usability usability) {
        List<Condition> all = condition instanceof Condition.Every every ? every.conditions() : List.of(condition);
        for (Condition each : all) {
            if (each instanceof Condition.Any any && !any.conditions().isEmpty()) {
                Access.Union union = union(any, all);
                if (union != null && isWorthIt(union)) {
                    return union;
                }
            }
        }
        return null;
    }

    private Access.@Nullable Union union(Condition.Any any, List<Condition> all) {
        List<Access.Keys> walks = new ArrayList<>();
        for (Condition branch : any.conditions()) {
            List<Condition> both = new ArrayList<>(all);
            both.set(all.indexOf(any), branch);
            Condition wanted = new Condition.Every(both);
            Usability usability = new Usability(wanted, SortOrder.NONE);
            Access.Keys walk = catalog.stream()
                    .filter(index -> !index.isAllDocuments() && index.partial() == null)
                    .filter(index -> usability.refusal(index) == null)
                    .map(index -> access(index, wanted, false))
                    .filter(access -> access instanceof Access.Keys keys && !isWhole(keys))
                    .map(Access.Keys.class::cast)
                    .min(Comparator.comparingLong(keys -> orMost(estimates.rows(keys.index(), keys.keys()))))
                    .orElse(null);
            if (walk == null) {
                return null;
            }
            walks.add(walk);
        }
        return new Access.Union(List.copyOf(walks));
    }

    private static boolean isWhole(Access.Keys keys) {
        return keys.keys().equals(ColumnEncoding.keys(new Condition.Every(List.of()), List.of()));
    }

    private boolean isWorthIt(Access.Union union) {
        long rows = estimate(union);
        return rows < 0 || rows <= documents / 2 + 1;
    }

    private static long orMost(long rows) {
        return rows < 0 ? Long.MAX_VALUE : rows;
    }

    private long estimate(Access access) {
        return switch (access) {
            case Access.Nothing nothing -> 0;
            case Access.Documents walk -> walk.ids().isAll() ? documents : -1;
            case Access.Keys keys -> estimates.rows(keys.index(), keys.keys());
            case Access.Union union -> {
                long sum = 0;
                for (Access.Keys walk : union.walks()) {
                    long rows = estimates.rows(walk.index(), walk.keys());
                    sum = rows < 0 || sum < 0 ? -1 : sum + rows;
                }
                yield sum;
            }
        };
    }
}
