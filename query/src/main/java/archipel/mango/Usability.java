package archipel.mango;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Whether an index finds all that a selector matches, in a certain order; CouchDB's rules. */
final class Usability {
    static final String FIELDS = "field_mismatch";
    static final String ORDER = "sort_order_mismatch";

    private final Condition condition;
    private final SortOrder sort;

    Usability(Condition condition, SortOrder sort) {
        this.condition = condition;
        this.sort = sort;
    }

    /** Why not; null where it does. */
    @Nullable
    String refusal(FieldIndex index) {
        if (index.isAllDocuments()) {
            boolean sorted = sort.isEmpty()
                    || sort.fields().equals(List.of("_id"))
                            && SelectorFields.indexable(condition).contains("_id");
            return sorted ? null : FIELDS;
        }
        for (String column : index.columns().fields()) {
            boolean given = column.equals("_id")
                    || column.equals("_rev")
                    || sort.fields().contains(column);
            if (!given && !SelectorFields.requires(condition, column)) {
                return FIELDS;
            }
        }
        return isSorted(index.columns().fields()) ? null : ORDER;
    }

    /** Columns with one value in all that matches do not count. */
    private boolean isSorted(List<String> columns) {
        if (sort.isEmpty()) {
            return true;
        }
        int first = 0;
        while (first < columns.size()
                && !Objects.equals(columns.get(first), sort.fields().getFirst())
                && SelectorFields.fixes(condition, columns.get(first))) {
            first++;
        }
        List<String> rest = columns.subList(first, columns.size());
        return rest.size() >= sort.fields().size()
                && rest.subList(0, sort.fields().size()).equals(sort.fields());
    }
}
