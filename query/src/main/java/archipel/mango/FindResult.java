package archipel.mango;

import java.util.List;

/**
 * What is said of a query once its documents have been shown.
 *
 * @param unsatisfiable whether it was known before that nothing can match, and nothing is said of it
 * @param bookmark where the next page begins
 * @param warnings for whoever wrote the query
 */
public record FindResult(
        boolean unsatisfiable,
        String bookmark,
        long keysExamined,
        long docsExamined,
        long returned,
        List<String> warnings) {}
