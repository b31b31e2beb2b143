package archipel.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import archipel.document.Revision;
import archipel.engine.Database;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Nothing goes past the gate: of the engine's doors, everybody may use what reads, and {@code archipel.access} alone
 * what writes. What is listed here is what does not write, so that a new way to write is closed until somebody says
 * otherwise.
 */
final class GateTest {
    private static final String GATE = "archipel.access";
    private static final String ENGINE = "archipel.engine";

    /** By class, the methods that change no document, no database and nothing that writes are judged by. */
    private static final Map<String, Set<String>> OPEN = Map.of(
            "archipel.engine.Database",
            Set.of(
                    "name",
                    "state",
                    "door",
                    "awaitBlock",
                    "awaitChange",
                    "rules",
                    "revisionsLimit",
                    "purgedInfosLimit",
                    "mergePolicy",
                    "isLed",
                    "term",
                    "leader",
                    // Has what is written within refused more often.
                    "inTerm",
                    "security",
                    "horizon",
                    "fences",
                    // Takes away what latest reads do not show, and nothing else.
                    "compact",
                    "isCompacting",
                    "verify",
                    "indexes",
                    "sizes",
                    "createdMs",
                    "isDeleted",
                    "isApart"),
            "archipel.engine.AttachmentUpload",
            Set.of(),
            "archipel.engine.Node",
            Set.of(
                    "open",
                    "hasData",
                    "uuid",
                    "settledUuid",
                    "onLeadership",
                    "databaseNames",
                    "awaitNames",
                    "find",
                    "database",
                    "position",
                    "eventsSince",
                    "awaitEvent",
                    "awaitPosition",
                    "facts",
                    "fact",
                    "onFact",
                    "tasks",
                    "addTasks",
                    "backup",
                    "health",
                    "metrics",
                    "isClosing",
                    "beginClosing",
                    "close",
                    "isReplicated",
                    "term",
                    "systemBarrier",
                    "localDatabase",
                    "oldestSnapshotMs"));

    /** What writes and is called elsewhere, by the classes that may. */
    private static final Map<String, Set<String>> ELSEWHERE = Map.of(
            // Settings, admins and an ensemble's members are facts of the node; the wiring hands on what _config,
            // accounts and _ensemble have checked.
            "archipel.engine.Node.putFact", Set.of("archipel.server.Server"),
            // What the node does by itself when it leads, on nobody's behalf.
            "archipel.engine.Node.whenLeading", Set.of("archipel.server.Server", "archipel.coordination.SessionKeeper"),
            "archipel.engine.Node.inTerm", Set.of("archipel.server.Server", "archipel.coordination.SessionKeeper"),
            // The tree has access lists of its own, which ZooKeeper's classes check.
            "archipel.engine.Node.extend", Set.of("archipel.coordination.Coordination"),
            // No part of any database; their handlers say who may. Every request asks which tokens were given.
            "archipel.engine.Node.locks", Set.of("archipel.locks.LockHandler", "archipel.http.Dispatcher"),
            "archipel.engine.Node.topics", Set.of("archipel.topics.TopicHandler"));

    /** What writes where nobody is served: into a directory that it makes, before a node opens that. */
    private static final Set<String> OFFLINE = Set.of("archipel.engine.Backup$Restore.run");

    private static JavaClasses classes;

    @BeforeAll
    static void readTheClasses() {
        classes = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("archipel");
    }

    @Test
    void writes_ofTheEngine_areCalledByTheGateAlone() {
        assertEquals(Set.of(), calls(false), "these go past archipel.access, or read and are to be listed here");
    }

    /** That the rule sees calls at all. */
    @Test
    void writes_ofTheGate_areSeen() {
        Set<String> seen = calls(true);
        for (String method : List.of("write", "putLocal", "deleteLocal", "purge", "setSecurity", "create", "delete")) {
            assertFalse(
                    seen.stream().noneMatch(call -> call.endsWith("." + method)),
                    () -> method + " is not among " + seen);
        }
    }

    /** A reference is a call, too. */
    @Test
    void writes_byReference_areSeen() {
        JavaClasses fixture = new ClassFileImporter().importClasses(ByReference.class);
        assertEquals(Set.of("archipel.house.GateTest$ByReference calls Database.purge"), calls(fixture, type -> true));
    }

    /** What the list lets everybody call must not come to a command, by whatever way in the engine. */
    @Test
    void open_methods_giveTheLogNoCommands() {
        Map<JavaCodeUnit, Set<JavaCodeUnit>> callers = new HashMap<>();
        Deque<JavaCodeUnit> reached = new ArrayDeque<>();
        for (JavaClass type : classes) {
            if (!type.getPackageName().equals(ENGINE)) {
                continue;
            }
            for (JavaCodeUnit unit : type.getCodeUnits()) {
                for (JavaCodeUnitAccess<?> access : accesses(unit)) {
                    if (access.getTargetOwner().getName().equals("archipel.log.CommandLog")
                            && access.getName().equals("append")) {
                        reached.add(unit);
                    }
                    access.getTarget()
                            .resolveMember()
                            .ifPresent(target -> callers.computeIfAbsent(target, _ -> new HashSet<>())
                                    .add(unit));
                }
            }
        }
        assertFalse(reached.isEmpty(), "the log is written by another name");
        Set<JavaCodeUnit> writing = new HashSet<>(reached);
        while (!reached.isEmpty()) {
            for (JavaCodeUnit caller : callers.getOrDefault(reached.remove(), Set.of())) {
                if (!finishes(caller) && writing.add(caller)) {
                    reached.add(caller);
                }
            }
        }
        Set<String> lying = new TreeSet<>();
        Set<String> unlisted = new TreeSet<>();
        for (JavaCodeUnit unit : writing) {
            JavaClass owner = unit.getOwner();
            boolean shown = owner.getModifiers().contains(JavaModifier.PUBLIC)
                    && unit.getModifiers().contains(JavaModifier.PUBLIC);
            String name = owner.getName() + "." + unit.getName();
            if (shown && OPEN.getOrDefault(owner.getName(), Set.of()).contains(unit.getName())) {
                lying.add(name);
            } else if (shown && !OPEN.containsKey(owner.getName())) {
                unlisted.add(name);
            }
        }
        assertEquals(Set.of(), lying, "these write, whatever the list says");
        assertEquals(OFFLINE, unlisted, "these write, and nobody watches who calls them");
    }

    /** What a node finishes that was begun before, by an earlier run or through the gate, is its own affair. */
    private static boolean finishes(JavaCodeUnit unit) {
        String owner = unit.getOwner().getName();
        return unit.isConstructor() && owner.equals("archipel.engine.Node")
                || unit.getName().equals("finishDrops") && owner.equals("archipel.engine.DatabaseSteps");
    }

    private static List<JavaCodeUnitAccess<?>> accesses(JavaCodeUnit unit) {
        List<JavaCodeUnitAccess<?>> accesses = new ArrayList<>();
        accesses.addAll(unit.getMethodCallsFromSelf());
        accesses.addAll(unit.getConstructorCallsFromSelf());
        accesses.addAll(unit.getMethodReferencesFromSelf());
        accesses.addAll(unit.getConstructorReferencesFromSelf());
        return accesses;
    }

    private static Set<String> calls(boolean ofTheGate) {
        return calls(
                classes,
                type -> !type.getPackageName().equals(ENGINE)
                        && type.getPackageName().equals(GATE) == ofTheGate);
    }

    private static Set<String> calls(JavaClasses all, Predicate<JavaClass> which) {
        Set<String> calls = new TreeSet<>();
        for (JavaClass type : all) {
            if (!which.test(type)) {
                continue;
            }
            type.getAccessesFromSelf().stream()
                    .filter(access -> writes(access) && !mayElsewhere(type, access))
                    .forEach(access -> calls.add(type.getName() + " calls "
                            + access.getTargetOwner().getSimpleName() + "."
                            + access.getTarget().getName()));
        }
        return calls;
    }

    private static boolean writes(JavaAccess<?> access) {
        Set<String> open = OPEN.get(access.getTargetOwner().getName());
        boolean field = access.getTarget() instanceof AccessTarget.FieldAccessTarget;
        return open != null && !field && !open.contains(access.getTarget().getName());
    }

    private static boolean mayElsewhere(JavaClass caller, JavaAccess<?> access) {
        String method =
                access.getTargetOwner().getName() + "." + access.getTarget().getName();
        Set<String> allowed = ELSEWHERE.getOrDefault(method, Set.of());
        String name = caller.getName();
        return allowed.contains(name) || allowed.stream().anyMatch(one -> name.startsWith(one + "$"));
    }

    /** Goes past the gate. */
    private static final class ByReference {
        static Function<Map<String, List<Revision>>, Object> of(Database database) {
            return database::purge;
        }
    }
}
