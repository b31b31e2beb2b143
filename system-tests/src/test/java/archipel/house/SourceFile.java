package archipel.house;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;

/**
 * A Java file and its syntax tree.
 *
 * @param name relative to the checkout, with slashes: {@code module/src/main/java/...}
 */
record SourceFile(String name, List<String> lines, CompilationUnitTree tree, SourcePositions positions) {
    static List<SourceFile> parse(Iterable<? extends JavaFileObject> files, Function<JavaFileObject, String> naming)
            throws IOException {
        JavacTask task = (JavacTask)
                ToolProvider.getSystemJavaCompiler().getTask(null, null, null, List.of("-proc:none"), null, files);
        SourcePositions positions = Trees.instance(task).getSourcePositions();
        List<SourceFile> sources = new ArrayList<>();
        for (CompilationUnitTree unit : task.parse()) {
            JavaFileObject file = unit.getSourceFile();
            List<String> lines = file.getCharContent(true).toString().lines().toList();
            sources.add(new SourceFile(naming.apply(file), lines, unit, positions));
        }
        return sources;
    }

    String module() {
        return name.substring(0, name.indexOf('/'));
    }

    boolean isTest() {
        return name.contains("/src/test/");
    }

    /** The product itself: what neither tests nor measures it. */
    boolean isProduct() {
        return !isTest()
                && !List.of("testkit", "system-tests", "coordination-suites", "benchmarks")
                        .contains(module());
    }

    /** The file's name without {@code .java}. */
    String className() {
        return name.substring(name.lastIndexOf('/') + 1, name.length() - ".java".length());
    }

    String directory() {
        return name.substring(0, name.lastIndexOf('/'));
    }

    long firstLine(Tree node) {
        return tree.getLineMap().getLineNumber(positions.getStartPosition(tree, node));
    }

    long lastLine(Tree node) {
        return tree.getLineMap().getLineNumber(positions.getEndPosition(tree, node));
    }

    Finding finding(long line, String what, String instead) {
        return new Finding(name, line, what, instead);
    }
}
