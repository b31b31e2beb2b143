package archipel.house;

import com.sun.source.tree.CatchTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.NewClassTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.TreeScanner;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Calls that make behaviour depend on the moment or the machine, or hide what went wrong. */
final class CallRules {
    /** By the call: what to use. Each may stand in the product only in the files of {@link #WRAPPERS}. */
    private static final Map<String, String> CLOCKS = Map.of(
            "System.nanoTime", "a clock that is passed in",
            "System.currentTimeMillis", "a clock that is passed in",
            "Instant.now", "a clock that is passed in",
            "Math.random", "a seeded generator that is passed in");

    private static final Map<String, String> EVERYWHERE = Map.of(
            "ForkJoinPool.commonPool", "an executor of your own",
            "CompletableFuture.supplyAsync", "a virtual thread",
            "CompletableFuture.runAsync", "a virtual thread",
            "Thread.sleep", "a condition to wait for, or Awaitility in tests",
            "System.gc", "nothing");

    /** Calls that are the very purpose of a file. */
    private static final Map<String, Set<String>> WRAPPERS = Map.of(
            "cli/src/main/java/archipel/cli/IdleHeap.java", Set.of("System.gc"),
            "client/src/main/java/archipel/calls/SteadyClock.java", Set.of("System.nanoTime"),
            "engine/src/main/java/archipel/changes/Deadline.java", Set.of("System.nanoTime"),
            "server/src/main/java/archipel/http/Stopwatch.java", Set.of("System.nanoTime"));

    private static final Set<String> BROAD = Set.of("Exception", "Throwable", "RuntimeException");

    static final List<Rule> ALL = List.of(
            new Rule("clock", source -> source.isProduct() ? calls(source, CLOCKS) : List.of()),
            new Rule("call", source -> calls(source, EVERYWHERE)),
            new Rule("random", CallRules::unseededRandom),
            new Rule("parallel-stream", CallRules::parallelStreams),
            new Rule("swallowed-exception", CallRules::swallowedExceptions),
            new Rule("stub", CallRules::stubs));

    private CallRules() {}

    private static List<Finding> calls(SourceFile source, Map<String, String> banned) {
        List<Finding> found = new ArrayList<>();
        new TreeScanner<@Nullable Void, @Nullable Void>() {
            @Override
            public @Nullable Void visitMethodInvocation(MethodInvocationTree call, @Nullable Void unused) {
                check(call.getMethodSelect() instanceof MemberSelectTree select ? name(select) : "", call);
                return super.visitMethodInvocation(call, unused);
            }

            @Override
            public @Nullable Void visitMemberReference(MemberReferenceTree reference, @Nullable Void unused) {
                check(lastName(reference.getQualifierExpression()) + "." + reference.getName(), reference);
                return super.visitMemberReference(reference, unused);
            }

            private void check(String name, Tree node) {
                String instead = banned.get(name);
                if (instead != null
                        && !WRAPPERS.getOrDefault(source.name(), Set.of()).contains(name)) {
                    found.add(source.finding(source.firstLine(node), name, instead));
                }
            }
        }.scan(source.tree(), null);
        return found;
    }

    private static List<Finding> unseededRandom(SourceFile source) {
        return creations(
                source,
                creation -> lastName(creation.getIdentifier()).equals("Random")
                        && creation.getArguments().isEmpty(),
                "new Random()",
                "a seed, and print it when a test fails");
    }

    /** An UnsupportedOperationException without a reason is how unfinished code looks. */
    private static List<Finding> stubs(SourceFile source) {
        return creations(
                source,
                creation -> lastName(creation.getIdentifier()).equals("UnsupportedOperationException")
                        && creation.getArguments().isEmpty(),
                "an UnsupportedOperationException without a reason",
                "an implementation, or say why there is none");
    }

    private static List<Finding> creations(
            SourceFile source, Predicate<NewClassTree> banned, String what, String instead) {
        List<Finding> found = new ArrayList<>();
        new TreeScanner<@Nullable Void, @Nullable Void>() {
            @Override
            public @Nullable Void visitNewClass(NewClassTree creation, @Nullable Void unused) {
                if (banned.test(creation)) {
                    found.add(source.finding(source.firstLine(creation), what, instead));
                }
                return super.visitNewClass(creation, unused);
            }
        }.scan(source.tree(), null);
        return found;
    }

    private static List<Finding> parallelStreams(SourceFile source) {
        List<Finding> found = new ArrayList<>();
        new TreeScanner<@Nullable Void, @Nullable Void>() {
            @Override
            public @Nullable Void visitMethodInvocation(MethodInvocationTree call, @Nullable Void unused) {
                if (call.getMethodSelect() instanceof MemberSelectTree select
                        && select.getIdentifier().contentEquals("parallelStream")) {
                    found.add(source.finding(
                            source.firstLine(call), "parallelStream, which runs in the common pool", "stream"));
                }
                return super.visitMethodInvocation(call, unused);
            }
        }.scan(source.tree(), null);
        return found;
    }

    /** An empty block, or one with only a comment, after a catch of everything. */
    private static List<Finding> swallowedExceptions(SourceFile source) {
        List<Finding> found = new ArrayList<>();
        new TreeScanner<@Nullable Void, @Nullable Void>() {
            @Override
            public @Nullable Void visitCatch(CatchTree handler, @Nullable Void unused) {
                String type = handler.getParameter().getType().toString();
                if (BROAD.contains(type) && handler.getBlock().getStatements().isEmpty()) {
                    found.add(source.finding(
                            source.firstLine(handler),
                            "catch (" + type + ") that swallows",
                            "the narrowest type, and handle it"));
                }
                return super.visitCatch(handler, unused);
            }
        }.scan(source.tree(), null);
        return found;
    }

    /** {@code Type.method}, whatever stands before the type. */
    private static String name(MemberSelectTree select) {
        return lastName(select.getExpression()) + "." + select.getIdentifier();
    }

    private static String lastName(ExpressionTree expression) {
        return switch (expression) {
            case IdentifierTree identifier -> identifier.getName().toString();
            case MemberSelectTree select -> select.getIdentifier().toString();
            default -> "";
        };
    }
}
