package archipel.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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
                    "security",
                    "horizon",
                    // Takes away what latest reads do not show, and nothing else.
                    "compact",
                    "isCompacting",
                    "verify",
                    "indexes",
                    "sizes",
                    "createdMs",
                    "isDeleted"),
            "archipel.engine.AttachmentUpload",
            Set.of(),
            "archipel.engine.Node",
            Set.of());

    /** Of a node, those that make, drop or fill databases. */
    private static final Set<String> NODE_WRITES = Set.of("create", "delete", "submit", "submitLater");

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

    /** That the rule sees calls at all, those by method references included. */
    @Test
    void writes_ofTheGate_areSeen() {
        Set<String> seen = calls(true);
        for (String method : List.of("write", "putLocal", "deleteLocal", "purge", "setSecurity", "create", "delete")) {
            assertFalse(
                    seen.stream().noneMatch(call -> call.endsWith("." + method)),
                    () -> method + " is not among " + seen);
        }
    }

    private static Set<String> calls(boolean ofTheGate) {
        Set<String> calls = new TreeSet<>();
        for (JavaClass type : classes) {
            if (type.getPackageName().equals(ENGINE) || type.getPackageName().equals(GATE) != ofTheGate) {
                continue;
            }
            type.getAccessesFromSelf().stream()
                    .filter(GateTest::writes)
                    .forEach(access -> calls.add(type.getName() + " calls "
                            + access.getTargetOwner().getSimpleName() + "."
                            + access.getTarget().getName()));
        }
        return calls;
    }

    private static boolean writes(JavaAccess<?> access) {
        String owner = access.getTargetOwner().getName();
        String name = access.getTarget().getName();
        Set<String> open = OPEN.get(owner);
        boolean field = access.getTarget() instanceof com.tngtech.archunit.core.domain.AccessTarget.FieldAccessTarget;
        if (open == null || field) {
            return false;
        }
        return owner.endsWith(".Node") ? NODE_WRITES.contains(name) : !open.contains(name);
    }
}
