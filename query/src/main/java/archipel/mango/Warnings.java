package archipel.mango;

import archipel.mango.Plan.Access;
import java.util.ArrayList;
import java.util.List;

/** What whoever wrote a query should know. */
final class Warnings {
    private static final String PREFIX = "_design/";

    private final FindQuery query;
    private final Plan plan;
    private final long scanRatio;

    /** @param scanRatio how many documents may be looked at for each that is found; 0 for any number */
    Warnings(FindQuery query, Plan plan, long scanRatio) {
        this.query = query;
        this.plan = plan;
        this.scanRatio = scanRatio;
    }

    List<String> of(long docsExamined, long returned) {
        List<String> warnings = new ArrayList<>();
        FieldIndex index = plan.index();
        if (!query.useIndex().isEmpty() && (index == null || !query.names(index))) {
            String named = query.useIndex().getFirst().substring(PREFIX.length());
            warnings.add(
                    query.useIndex().size() == 1
                            ? "_design/" + named
                                    + " was not used because it does not contain a valid index for this query."
                            : "_design/" + named + ", " + query.useIndex().get(1)
                                    + " was not used because it is not a valid index for this query.");
        }
        if (plan.access() instanceof Access.Documents) {
            warnings.add("No matching index found, create an index to optimize query time.");
        }
        if (plan.sorts()) {
            warnings.add("No index has the order of this sort, so the results were sorted in memory.");
        }
        if (scanRatio > 0 && docsExamined > scanRatio * Math.max(1, returned)) {
            warnings.add("The number of documents examined is high in proportion to the number of results returned. "
                    + "Consider adding a more specific index to improve this.");
        }
        return warnings;
    }
}
