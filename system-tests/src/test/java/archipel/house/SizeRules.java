package archipel.house;

import com.sun.source.tree.MethodTree;
import com.sun.source.util.TreeScanner;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Files and methods that a reader can hold in the head. */
final class SizeRules {
    static final int FILE_LINES = 800;
    static final int METHOD_LINES = 70;
    static final int LINE_LENGTH = 120;
    static final int PACKAGE_FILES = 40;
    static final int MEDIAN_FILE_LINES = 130;
    static final int DESIGN_LINES = 200;

    static final List<Rule> ALL = List.of(
            new Rule("file-length", SizeRules::fileLength),
            new Rule("method-length", SizeRules::methodLength),
            new Rule("line-length", SizeRules::lineLength));

    private SizeRules() {}

    private static List<Finding> fileLength(SourceFile source) {
        int lines = source.lines().size();
        return lines <= FILE_LINES
                ? List.of()
                : List.of(source.finding(lines, lines + " lines", "several files of at most " + FILE_LINES));
    }

    private static List<Finding> lineLength(SourceFile source) {
        List<Finding> found = new ArrayList<>();
        for (int i = 0; i < source.lines().size(); i++) {
            String line = source.lines().get(i);
            int length = line.codePointCount(0, line.length());
            if (length > LINE_LENGTH) {
                found.add(source.finding(i + 1, length + " characters", "lines of at most " + LINE_LENGTH));
            }
        }
        return found;
    }

    private static List<Finding> methodLength(SourceFile source) {
        List<Finding> found = new ArrayList<>();
        new TreeScanner<@Nullable Void, @Nullable Void>() {
            @Override
            public @Nullable Void visitMethod(MethodTree method, @Nullable Void unused) {
                if (method.getBody() != null) {
                    long first = source.firstLine(method.getBody());
                    long lines = source.lastLine(method.getBody()) - first + 1;
                    if (lines > METHOD_LINES) {
                        found.add(source.finding(
                                first,
                                method.getName() + " has " + lines + " lines",
                                "several methods of at most " + METHOD_LINES));
                    }
                }
                return super.visitMethod(method, unused);
            }
        }.scan(source.tree(), null);
        return found;
    }
}
