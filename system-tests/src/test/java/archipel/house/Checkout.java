package archipel.house;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** The files of the checkout that these tests run in, and the syntax trees of those in Java. */
final class Checkout {
    private static final Set<String> NOT_SOURCES =
            Set.of("target", "node_modules", ".git", ".build", ".idea", ".vscode");

    private final Path root;
    private final List<Path> files = new ArrayList<>();

    private Checkout(Path root) {
        this.root = root;
    }

    static Checkout open() throws IOException {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("dev"))) {
            root = root.getParent();
            if (root == null) {
                throw new IllegalStateException(
                        "not inside a checkout of Archipel: " + Path.of("").toAbsolutePath());
            }
        }
        Checkout checkout = new Checkout(root);
        checkout.list();
        return checkout;
    }

    private void list() throws IOException {
        Path data = root.resolve("data");
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                boolean skipped = NOT_SOURCES.contains(directory.getFileName().toString()) || directory.equals(data);
                return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile()) {
                    files.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        files.sort(null);
    }

    Path root() {
        return root;
    }

    /** Relative to the checkout, with slashes on every system. */
    String name(Path file) {
        return root.relativize(file).toString().replace('\\', '/');
    }

    /** All files whose name ends so. */
    List<Path> ending(String... endings) {
        return files.stream()
                .filter(file -> {
                    String name = file.getFileName().toString();
                    return List.of(endings).stream().anyMatch(name::endsWith);
                })
                .toList();
    }

    /** Every Java file, parsed. */
    List<SourceFile> sources() throws IOException {
        try (StandardJavaFileManager manager =
                ToolProvider.getSystemJavaCompiler().getStandardFileManager(null, null, null)) {
            return SourceFile.parse(
                    manager.getJavaFileObjectsFromPaths(ending(".java")), file -> name(Path.of(file.toUri())));
        }
    }

    static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
