package archipel.house;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A class that a page names, or a method or field of one.
 *
 * @param types the class, after the classes that the page says it is nested in
 * @param member empty for the class itself
 */
record NamedCode(List<String> types, String member) {
    private static final Pattern NAME =
            Pattern.compile("`((?:[A-Z][a-z]\\w*\\.)*[A-Z][a-z]\\w*)(?:\\.([a-z]\\w*)(?:\\(\\))?)?`");

    /** What looks like our code and is not: Java's, the libraries', JavaScript's, headers of HTTP. */
    private static final Set<String> FOREIGN = Set.of(
            "Instant",
            "System",
            "Thread",
            "OutOfMemoryError",
            "Configurator",
            "JsonNode",
            "SyncWAL",
            "VirtualThreadPool",
            "Date",
            "Math",
            "Object",
            "Origin",
            "Warning");

    /** What stands between backquotes and looks like a class of ours. */
    static List<NamedCode> in(String line) {
        List<NamedCode> names = new ArrayList<>();
        Matcher name = NAME.matcher(line);
        while (name.find()) {
            List<String> types = List.of(name.group(1).split("\\."));
            if (!FOREIGN.contains(types.getFirst())) {
                names.add(new NamedCode(types, name.group(2) == null ? "" : name.group(2)));
            }
        }
        return names;
    }

    /** Whether one of the files has it. Most classes are their files' own, so that few files have to be searched. */
    boolean isAmong(List<SourceFile> sources) {
        String type = types.getFirst();
        return sources.stream().anyMatch(file -> file.className().equals(type) && isIn(file))
                || sources.stream().anyMatch(this::isIn);
    }

    /** Whether the file has all of these classes, its own or nested ones, and the member. */
    boolean isIn(SourceFile source) {
        return types.stream().allMatch(type -> declares(source, type))
                && (member.isEmpty() || has(source, member, " " + member + "([(;,)]| =)"));
    }

    private static boolean declares(SourceFile source, String type) {
        return source.className().equals(type) || has(source, type, "\\b(class|record|interface|enum) " + type + "\\b");
    }

    private static boolean has(SourceFile source, String name, String declaration) {
        Pattern pattern = Pattern.compile(declaration);
        return source.lines().stream()
                .anyMatch(line -> line.contains(name) && pattern.matcher(line).find());
    }

    @Override
    public String toString() {
        String type = String.join(".", types);
        return member.isEmpty() ? type : type + "." + member;
    }
}
