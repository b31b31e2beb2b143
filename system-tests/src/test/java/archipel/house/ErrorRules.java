package archipel.house;

import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreeScanner;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** That what clients are told of errors stands in the table {@code ErrorCode}, which holds nothing else. */
final class ErrorRules {
    private static final String TABLE = "ErrorCode";
    private static final String WHOLE = "%s";

    /** Classes that make an answer of an entry, and how many arguments stand before the fields of its reason. */
    private static final Map<String, Integer> ANSWERS = Map.of("RequestException", 1, "BlockRefusal", 3);

    /** Entries whose whole reason is filled in: the files that may, since they get the text from elsewhere. */
    static final Map<String, Set<String>> WHOLE_REASONS = Map.ofEntries(
            Map.entry("ATTACHMENT_TOO_LARGE", Set.of("AttachmentUpload")), // the attachment's name
            Map.entry("BACKUP_REFUSED", Set.of("BackupHandler")), // what opening a directory says
            Map.entry("CHANGES_SELECTOR", Set.of("ChangesHandler")), // another entry's reason
            Map.entry("DOCUMENT_TOO_LARGE", Set.of("DocumentMembers", "WriteGate")), // the document's id
            Map.entry("FUNCTION_COMPILATION", Set.of("FunctionFailure")), // the JavaScript engine's words
            Map.entry("FUNCTION_FAILED", Set.of("FunctionFailure", "ViewRows")),
            Map.entry("FUNCTION_NOT_CALLED", Set.of("FunctionFailure")),
            Map.entry("FUNCTION_QUARANTINED", Set.of("FunctionFailure")),
            Map.entry("FUNCTION_THREW", Set.of("FunctionException")), // what a function threw
            Map.entry("INDEX_SERVICE_MISSING", Set.of("IndexRequest")), // the index's type
            Map.entry("REDUCE_INVALID_VALUE", Set.of("Reduction")), // stored in place of the reduction
            Map.entry("REPLICATION_DOCUMENT", Set.of("JobRules")), // another entry's reason
            Map.entry("SETTING_REFUSED", Set.of("ConfigHandler")), // what the setting's type says
            Map.entry("UNKNOWN_QUERY_LANGUAGE", Set.of("DesignDocument", "ViewDefinitions", "WriteRule")));

    private ErrorRules() {}

    /** Entries that nothing refers to, and reasons that are written down elsewhere. */
    static List<Finding> check(List<SourceFile> sources) {
        SourceFile table = sources.stream()
                .filter(source -> source.isProduct() && source.className().equals(TABLE))
                .findFirst()
                .orElseThrow();
        Map<String, Entry> entries = entries(table);
        List<Finding> found = new ArrayList<>();
        Set<String> used = new HashSet<>();
        for (SourceFile source : sources) {
            if (source.isProduct() && source != table) {
                new Uses(source, entries, used, found).scan(source.tree(), null);
            }
        }
        entries.forEach((name, entry) -> {
            if (!used.contains(name)) {
                found.add(table.finding(entry.line, name + ", which nothing refers to", "it, or delete it"));
            }
        });
        return found;
    }

    /** By their names. */
    private static Map<String, Entry> entries(SourceFile table) {
        Map<String, Entry> entries = new TreeMap<>();
        new TreeScanner<@Nullable Void, @Nullable Void>() {
            @Override
            public @Nullable Void visitVariable(VariableTree variable, @Nullable Void unused) {
                if (variable.getInitializer() instanceof NewClassTree made
                        && made.getArguments().size() == 3
                        && name(made.getIdentifier()).equals(TABLE)) {
                    String reason = text(made.getArguments().getLast());
                    entries.put(
                            variable.getName().toString(),
                            new Entry(table.firstLine(variable), reason, reason.split(WHOLE, -1).length - 1));
                }
                return super.visitVariable(variable, unused);
            }
        }.scan(table.tree(), null);
        return entries;
    }

    /** All string literals in an expression, joined. */
    private static String text(Tree expression) {
        StringBuilder text = new StringBuilder();
        new TreeScanner<@Nullable Void, @Nullable Void>() {
            @Override
            public @Nullable Void visitLiteral(LiteralTree literal, @Nullable Void unused) {
                if (literal.getValue() instanceof String part) {
                    text.append(part);
                }
                return null;
            }
        }.scan(expression, null);
        return text.toString();
    }

    private static String name(ExpressionTree expression) {
        return switch (expression) {
            case IdentifierTree identifier -> identifier.getName().toString();
            case MemberSelectTree select -> select.getIdentifier().toString();
            default -> "";
        };
    }

    /** @param fields how many are filled in */
    private record Entry(long line, String reason, int fields) {}

    /** Looks for entries and for answers made of them. */
    private static final class Uses extends TreeScanner<@Nullable Void, @Nullable Void> {
        private final SourceFile source;
        private final Map<String, Entry> entries;
        private final Set<String> used;
        private final List<Finding> found;

        Uses(SourceFile source, Map<String, Entry> entries, Set<String> used, List<Finding> found) {
            this.source = source;
            this.entries = entries;
            this.used = used;
            this.found = found;
        }

        @Override
        public @Nullable Void visitMemberSelect(MemberSelectTree select, @Nullable Void unused) {
            String code = code(select);
            Entry entry = entries.get(code);
            if (entry != null) {
                used.add(code);
                if (entry.reason.equals(WHOLE)
                        && !WHOLE_REASONS.getOrDefault(code, Set.of()).contains(source.className())) {
                    found.add(source.finding(
                            source.firstLine(select), code + " with a reason of this file's", "an entry of its own"));
                }
            }
            return super.visitMemberSelect(select, unused);
        }

        @Override
        public @Nullable Void visitIdentifier(IdentifierTree identifier, @Nullable Void unused) {
            // In a case label.
            used.add(identifier.getName().toString());
            return super.visitIdentifier(identifier, unused);
        }

        @Override
        public @Nullable Void visitNewClass(NewClassTree creation, @Nullable Void unused) {
            String type = name(creation.getIdentifier());
            Integer before = ANSWERS.get(type);
            if (before != null) {
                answer(creation, creation.getArguments(), before);
            } else if (creation.getArguments().stream().anyMatch(each -> entries.containsKey(code(each)))) {
                requireNoText(creation, creation.getArguments());
            }
            return super.visitNewClass(creation, unused);
        }

        @Override
        public @Nullable Void visitMethodInvocation(MethodInvocationTree call, @Nullable Void unused) {
            if (call.getArguments().stream().anyMatch(each -> entries.containsKey(code(each)))) {
                requireNoText(call, call.getArguments());
            }
            return super.visitMethodInvocation(call, unused);
        }

        private void answer(Tree creation, List<? extends ExpressionTree> arguments, int before) {
            requireNoText(creation, arguments);
            Entry entry = entries.get(code(arguments.getFirst()));
            boolean together = text(arguments.getLast()).isEmpty()
                    && arguments.getLast().toString().endsWith(".toArray()");
            if (entry != null && !together && arguments.size() - before != entry.fields) {
                found.add(source.finding(
                        source.firstLine(creation),
                        (arguments.size() - before) + " fields of a reason that has " + entry.fields,
                        "one for each %s"));
            }
        }

        /** One word may be the name of a thing; more are a text. */
        private void requireNoText(Tree node, List<? extends ExpressionTree> arguments) {
            for (ExpressionTree argument : arguments) {
                String text = text(argument);
                if (text.indexOf(' ') >= 0 && text.chars().anyMatch(Character::isLetter)) {
                    found.add(source.finding(
                            source.firstLine(node), "the text '" + text + "'", "an entry of the table ErrorCode"));
                }
            }
        }

        private static String code(ExpressionTree expression) {
            return expression instanceof MemberSelectTree select
                            && name(select.getExpression()).equals(TABLE)
                    ? select.getIdentifier().toString()
                    : "";
        }
    }
}
