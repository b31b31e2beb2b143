package archipel.mango;

import java.util.List;

/**
 * Moves negations down to the conditions on single fields, by De Morgan's laws. It is more than an optimization: a
 * negated field has to be there to match, which it would not if the whole branch were negated at its top. Like CouchDB
 * it stops at {@code $elemMatch}, {@code $allMatch} and {@code $keyMapMatch}, within which a negation is taken as it
 * stands.
 */
final class Negation {
    private Negation() {}

    static Condition pushDown(Condition condition) {
        return switch (condition) {
            case Condition.Not not -> negate(not.condition());
            case Condition.None none -> new Condition.Every(negateAll(none.conditions()));
            case Condition.Every every -> new Condition.Every(pushDownAll(every.conditions()));
            case Condition.Any any -> new Condition.Any(pushDownAll(any.conditions()));
            default -> condition;
        };
    }

    private static Condition negate(Condition condition) {
        return switch (condition) {
            case Condition.Not not -> pushDown(not.condition());
            case Condition.None none -> new Condition.Any(pushDownAll(none.conditions()));
            case Condition.Every every -> new Condition.Any(negateAll(every.conditions()));
            case Condition.Any any -> new Condition.Every(negateAll(any.conditions()));
            case Condition.Field field -> new Condition.Field(field.path(), negate(field.condition()));
            case Condition.Compare compare ->
                new Condition.Compare(compare.comparison().negated(), compare.argument());
            case Condition.In in -> new Condition.In(in.arguments(), !in.wanted());
            case Condition.Exists exists -> new Condition.Exists(!exists.wanted());
            default -> new Condition.Not(condition);
        };
    }

    private static List<Condition> pushDownAll(List<Condition> conditions) {
        return conditions.stream().map(Negation::pushDown).toList();
    }

    private static List<Condition> negateAll(List<Condition> conditions) {
        return conditions.stream().map(Negation::negate).toList();
    }
}
