package archipel.view;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.graalvm.polyglot.Source;
import org.jspecify.annotations.Nullable;

/**
 * Functions that run in one context, one beside the other: all maps of a design document, or one of its other
 * functions. Two groups are never equal, so that a context made for one is never used for another.
 */
final class FunctionGroup {
    private final String name;
    private final List<FunctionSource> functions;
    private final List<Source> sources;
    private final @Nullable String tree;
    private final boolean freezing;
    private final @Nullable Set<String> members;

    /**
     * @param name for messages: the design document's id
     * @param tree JSON of what {@code require} sees, and what {@code this} is; null for functions that have neither
     * @param frozen whether documents must stay as they are: the next function gets the same
     * @throws ScriptException COMPILATION
     */
    FunctionGroup(String name, List<String> texts, @Nullable String tree, boolean frozen) {
        this.name = name;
        this.tree = tree;
        this.functions = texts.stream().map(FunctionSource::new).toList();
        this.freezing = frozen && functions.stream().anyMatch(FunctionSource::mayMutate);
        this.members = members();
        List<Source> named = new ArrayList<>();
        for (FunctionSource function : functions) {
            named.add(ScriptEngine.source(function.script(), name + "#" + named.size()));
        }
        this.sources = List.copyOf(named);
    }

    private @Nullable Set<String> members() {
        Set<String> all = new LinkedHashSet<>();
        for (FunctionSource function : functions) {
            Set<String> seen = function.members();
            if (seen == null || function.requires() && extendsObjects()) {
                return null;
            }
            all.addAll(seen);
        }
        return all;
    }

    // A module that extends Object.prototype can see whole documents through that.
    private boolean extendsObjects() {
        return tree != null && (tree.contains("Object.prototype") || tree.contains("__define"));
    }

    String name() {
        return name;
    }

    int size() {
        return functions.size();
    }

    /** As it stands in the design document. */
    String text(int function) {
        return functions.get(function).text();
    }

    Source source(int function) {
        return sources.get(function);
    }

    @Nullable
    String tree() {
        return tree;
    }

    /** Whether documents have to be frozen, since a function could change them. */
    boolean isFreezing() {
        return freezing;
    }

    /** What documents are cut down to before the functions get them. */
    MemberProjection projection() {
        return new MemberProjection(members);
    }
}
