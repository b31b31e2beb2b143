package archipel.house;

import java.util.List;
import java.util.function.Function;

/**
 * One thing that holds for every Java file.
 *
 * @param name how the ratchet file calls it
 */
record Rule(String name, Function<SourceFile, List<Finding>> check) {
    List<Finding> check(List<SourceFile> sources) {
        return sources.stream().flatMap(source -> check.apply(source).stream()).toList();
    }
}
