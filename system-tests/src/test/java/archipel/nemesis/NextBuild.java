package archipel.nemesis;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * What a later version of this program might be: it knows one more format, in which writes of documents have one more
 * field. Made of this checkout's own sources.
 */
final class NextBuild {
    /** The format that it has more. */
    static final int FORMAT = archipel.storage.FormatVersion.NEWEST.number() + 1;

    private static final String NEXT = "V" + FORMAT;
    private static final String SOURCES = "engine/src/main/java/archipel/";
    private static final Map<String, Map<String, String>> CHANGES = Map.of(
            "storage/FormatVersion.java",
            Map.of(
                    "V" + (FORMAT - 1) + "(" + (FORMAT - 1) + ");",
                    "V" + (FORMAT - 1) + "(" + (FORMAT - 1) + "), " + NEXT + "(" + FORMAT + ");",
                    "NEWEST = V" + (FORMAT - 1) + ";",
                    "NEWEST = " + NEXT + ";"),
            "command/CommandKind.java",
            Map.of(
                    "DataCommand.WriteDocuments.class, ON_DISK, TAKES, V3, V5)",
                    "DataCommand.WriteDocuments.class, ON_DISK, TAKES, V3, V5, FormatVersion." + NEXT + ")"),
            "command/CommandCodec.java",
            Map.of(
                    "Fields.list(out, write.staged(), Fields::staged);",
                    "Fields.list(out, write.staged(), Fields::staged);" + " if (format.isAtLeast(FormatVersion." + NEXT
                            + ")) { out.varint(7); }",
                    "case WRITE_DOCUMENTS -> writeDocuments(in, first);",
                    "case WRITE_DOCUMENTS -> { Command<?> write = writeDocuments(in, first);"
                            + " if (version > 2 && in.varint() != 7) { throw new IllegalArgumentException(\"field\"); }"
                            + " yield write; }"));

    private NextBuild() {}

    /** Puts the classes in which it differs there. */
    static void compile(Path directory) throws IOException {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve(SOURCES))) {
            root = root.getParent();
            assertTrue(root != null, "not inside a checkout");
        }
        Path sources = Files.createTempDirectory("archipel-next-build");
        List<Path> changed = new ArrayList<>();
        for (Map.Entry<String, Map<String, String>> file : CHANGES.entrySet()) {
            String text = Files.readString(root.resolve(SOURCES + file.getKey()));
            for (Map.Entry<String, String> change : file.getValue().entrySet()) {
                assertTrue(text.contains(change.getKey()), () -> file.getKey() + " has no " + change.getKey());
                text = text.replace(change.getKey(), change.getValue());
            }
            Path source = sources.resolve(Path.of(file.getKey()).getFileName());
            Files.writeString(source, text);
            changed.add(source);
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            boolean compiled = compiler.getTask(
                            said,
                            files,
                            null,
                            List.of(
                                    "-d",
                                    directory.toString(),
                                    "-proc:none",
                                    "-cp",
                                    System.getProperty("java.class.path")),
                            null,
                            files.getJavaFileObjectsFromPaths(changed))
                    .call();
            assertTrue(compiled, said::toString);
        }
    }
}
