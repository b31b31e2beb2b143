package archipel.mango;

import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a condition says of fields, by their names alone; the ground on which indexes are chosen. */
final class SelectorFields {
    private SelectorFields() {}

    /** Whether what matches is sure to have that field. */
    static boolean requires(Condition condition, String field) {
        return switch (condition) {
            case Condition.Every every -> every.conditions().stream().anyMatch(each -> requires(each, field));
            case Condition.Any any ->
                !any.conditions().isEmpty() && any.conditions().stream().allMatch(each -> requires(each, field));
            case Condition.Field at ->
                at.path().toString().equals(field)
                        && !(at.condition() instanceof Condition.Exists exists && !exists.wanted());
            default -> false;
        };
    }

    /** Whether that field has the same value in all that matches. */
    static boolean fixes(Condition condition, String field) {
        return switch (condition) {
            case Condition.Every every -> every.conditions().stream().anyMatch(each -> fixes(each, field));
            case Condition.Field at ->
                at.path().toString().equals(field)
                        && at.condition() instanceof Condition.Compare compare
                        && compare.comparison() == Condition.Comparison.EQUAL;
            default -> false;
        };
    }

    /** The fields on which CouchDB would bound a walk through an index, in order of their names. */
    static SortedSet<String> indexable(Condition condition) {
        SortedSet<String> fields = new TreeSet<>();
        indexable(condition, fields);
        return fields;
    }

    private static void indexable(Condition condition, Set<String> into) {
        if (condition instanceof Condition.Every every) {
            every.conditions().forEach(each -> indexable(each, into));
        } else if (condition instanceof Condition.Field field && isIndexable(field.condition())) {
            into.add(field.path().toString());
        }
    }

    /** Whether CouchDB can bound a walk by it. */
    static boolean isIndexable(Condition condition) {
        return switch (condition) {
            case Condition.Compare compare -> compare.comparison() != Condition.Comparison.NOT_EQUAL;
            case Condition.BeginsWith begins -> true;
            case Condition.Exists exists -> true;
            default -> false;
        };
    }

    /** All fields that are named, in order of their names; none of those within arrays' elements. */
    static SortedSet<String> named(Condition condition) {
        SortedSet<String> fields = new TreeSet<>();
        each(condition, field -> fields.add(field.path().toString()));
        return fields;
    }

    /** The names of members of the document that decide; null where it is looked at as a whole. */
    static @Nullable Set<String> members(Condition condition) {
        SortedSet<String> members = new TreeSet<>();
        boolean[] whole = new boolean[1];
        each(condition, field -> {
            if (field.path().isEmpty()) {
                whole[0] = true;
            } else {
                members.add(field.path().names().getFirst());
            }
        });
        return whole[0] ? null : members;
    }

    private static void each(Condition condition, Consumer<Condition.Field> action) {
        switch (condition) {
            case Condition.Every every -> all(every.conditions(), action);
            case Condition.Any any -> all(any.conditions(), action);
            case Condition.None none -> all(none.conditions(), action);
            case Condition.Not not -> each(not.condition(), action);
            case Condition.Field field -> action.accept(field);
            // What has no field of its own looks at the document itself.
            default -> action.accept(new Condition.Field(FieldPath.WHOLE, condition));
        }
    }

    private static void all(List<Condition> conditions, Consumer<Condition.Field> action) {
        conditions.forEach(condition -> each(condition, action));
    }
}
