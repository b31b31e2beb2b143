package archipel.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.EndpointFamily;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who may use whom, read from the compiled classes; ARCHITECTURE.md shows the same table. */
final class DependencyTest {
    /** What each package may use of the others; a package that is not here is not there. */
    private static final Map<String, Set<String>> PACKAGES = Map.ofEntries(
            Map.entry("failures", Set.of()),
            Map.entry("calls", Set.of("failures")),
            Map.entry("leases", Set.of("failures", "calls")),
            Map.entry("objects", Set.of("failures", "calls")),
            Map.entry("client", Set.of("failures", "calls", "leases", "objects")),
            Map.entry("sessions", Set.of("failures", "client")),
            Map.entry("examples", Set.of("failures", "leases", "objects", "client", "sessions")),
            Map.entry("memory", Set.of()),
            Map.entry("document", Set.of("memory")),
            Map.entry("merge", Set.of("document")),
            Map.entry("json", Set.of("document")),
            Map.entry("mime", Set.of("document")),
            Map.entry("health", Set.of()),
            Map.entry("settings", Set.of()),
            Map.entry("storage", Set.of("document", "health")),
            Map.entry("changes", Set.of("document", "health", "storage")),
            Map.entry("history", Set.of("document", "storage", "changes")),
            Map.entry("attachments", Set.of("memory", "document", "storage")),
            Map.entry("command", Set.of("document", "merge", "storage", "changes", "history")),
            Map.entry("index", Set.of("document", "health", "storage")),
            Map.entry("log", Set.of("document", "health", "storage", "changes", "command")),
            Map.entry("read", Set.of("document", "storage", "changes", "history", "attachments", "index")),
            Map.entry("lock", Set.of("document", "storage", "changes", "command", "log")),
            Map.entry("topic", Set.of("document", "storage", "changes", "command", "log")),
            Map.entry("image", Set.of("document", "storage", "log")),
            Map.entry(
                    "engine",
                    Set.of(
                            "memory",
                            "document",
                            "merge",
                            "health",
                            "settings",
                            "storage",
                            "changes",
                            "history",
                            "attachments",
                            "index",
                            "command",
                            "log",
                            "lock",
                            "topic",
                            "image",
                            "read")),
            Map.entry("identity", Set.of("document", "settings")),
            Map.entry("transport", Set.of("changes", "clients", "identity")),
            Map.entry("consensus", Set.of()),
            Map.entry("raft", Set.of("changes", "storage", "consensus", "transport")),
            Map.entry(
                    "divergence",
                    Set.of("document", "settings", "storage", "changes", "log", "consensus", "transport")),
            Map.entry(
                    "ensemble",
                    Set.of(
                            "document",
                            "health",
                            "settings",
                            "storage",
                            "changes",
                            "command",
                            "log",
                            "engine",
                            "identity",
                            "consensus",
                            "transport",
                            "raft",
                            "divergence")),
            Map.entry("mango", Set.of("memory", "document", "settings", "changes", "index", "read", "view")),
            Map.entry("direct", Set.of("document")),
            Map.entry("view", Set.of("memory", "document", "settings", "changes", "index", "read", "engine", "direct")),
            Map.entry("clients", Set.of()),
            Map.entry("auth", aboveTheEngine("settings", "clients")),
            Map.entry(
                    "functions", Set.of("memory", "document", "changes", "command", "read", "engine", "mango", "view")),
            Map.entry("access", aboveTheEngine("merge", "settings", "auth", "functions")),
            Map.entry("merging", aboveTheEngine("merge", "settings", "auth", "access")),
            Map.entry("remote", Set.of("memory", "document", "mime", "settings")),
            Map.entry("ends", aboveTheEngine("json", "mango", "view", "auth", "functions", "access", "remote")),
            Map.entry("replication", aboveTheEngine("json", "settings", "mango", "auth", "remote", "ends")),
            Map.entry("scheduler", aboveTheEngine("settings", "auth", "access", "ends", "replication")),
            Map.entry("discovery", Set.of()),
            Map.entry(
                    "mesh",
                    aboveTheEngine(
                            "json",
                            "settings",
                            "clients",
                            "auth",
                            "identity",
                            "discovery",
                            "remote",
                            "ends",
                            "replication")),
            Map.entry("connections", Set.of("document", "health", "settings", "clients")),
            Map.entry("origins", Set.of("document", "settings", "auth")),
            Map.entry(
                    "http",
                    aboveTheEngine(
                            "lock", "settings", "access", "auth", "clients", "connections", "functions", "origins")),
            Map.entry("documents", aboveTheEngine("merge", "access", "auth", "http", "functions", "view")),
            Map.entry("blocks", aboveTheEngine("access", "auth", "http")),
            Map.entry(
                    "feeds",
                    aboveTheEngine("settings", "mango", "auth", "http", "documents", "blocks", "functions", "view")),
            Map.entry("databases", aboveTheEngine("merge", "access", "auth", "http", "documents", "view")),
            Map.entry("find", aboveTheEngine("index", "view", "mango", "access", "auth", "http", "documents")),
            Map.entry("views", aboveTheEngine("index", "view", "http", "documents")),
            Map.entry("administration", aboveTheEngine("settings", "auth", "http")),
            Map.entry("peers", aboveTheEngine("settings", "auth", "http", "mesh")),
            Map.entry("ensembles", aboveTheEngine("auth", "http", "feeds", "ensemble")),
            Map.entry("locks", aboveTheEngine("lock", "settings", "auth", "http", "blocks", "feeds")),
            Map.entry("topics", aboveTheEngine("json", "topic", "settings", "auth", "http", "blocks", "feeds")),
            Map.entry("replications", aboveTheEngine("settings", "auth", "http", "ends", "replication", "scheduler")),
            Map.entry(
                    "server",
                    aboveTheEndpoints(
                            "mango",
                            "view",
                            "settings",
                            "clients",
                            "access",
                            "merging",
                            "log",
                            "coordination",
                            "ensemble",
                            "transport",
                            "mesh",
                            "auth",
                            "functions",
                            "connections",
                            "origins",
                            "remote",
                            "ends",
                            "replication",
                            "scheduler",
                            "http")),
            Map.entry("node", Set.of("document", "json", "settings")),
            Map.entry(
                    "shell",
                    Set.of(
                            "node",
                            "document",
                            "json",
                            "changes",
                            "settings",
                            "engine",
                            "ensemble",
                            "auth",
                            "connections",
                            "server")),
            Map.entry(
                    "cli",
                    Set.of(
                            "ensemble",
                            "shell",
                            "node",
                            "document",
                            "json",
                            "health",
                            "command",
                            "read",
                            "engine",
                            "settings",
                            "auth",
                            "connections",
                            "server")),
            Map.entry("coordination", Set.of("settings", "changes", "clients", "health", "log", "engine")),
            Map.entry("testimony", Set.of()),
            Map.entry("witness", Set.of("testimony")));

    /** The libraries that one package sees, HTTP's three, so that they can be exchanged. */
    private static final Map<String, Set<String>> OWNERS = Map.ofEntries(
            Map.entry("com.github.benmanes", Set.of("memory")),
            Map.entry("org.rocksdb", Set.of("storage")),
            Map.entry("com.alipay", Set.of("raft")),
            Map.entry("org.apache.zookeeper", Set.of("coordination")),
            Map.entry("org.apache.jute", Set.of("coordination")),
            Map.entry("org.eclipse.jetty", Set.of("http", "connections", "remote")),
            Map.entry("org.springframework", Set.of("sessions", "examples")),
            Map.entry("jakarta.servlet", Set.of("sessions", "examples")),
            Map.entry("picocli", Set.of("cli")),
            Map.entry("ch.qos.logback", Set.of("server")),
            Map.entry("tools.jackson.dataformat.toml", Set.of("settings")),
            Map.entry("com.ibm.icu", Set.of("document")),
            Map.entry("com.nimbusds", Set.of("auth")),
            Map.entry("javax.jmdns", Set.of("discovery")),
            Map.entry("org.graalvm", Set.of("view")));

    private static JavaClasses classes;

    /** All that reads and writes may use the engine, and never its storage. */
    private static Set<String> aboveTheEngine(String... more) {
        Set<String> packages = new TreeSet<>(List.of(more));
        packages.addAll(List.of("memory", "document", "mime", "health", "changes", "command", "read", "engine"));
        return packages;
    }

    /** The wiring may use every family of endpoints. */
    private static Set<String> aboveTheEndpoints(String... more) {
        Set<String> packages = aboveTheEngine(more);
        Arrays.stream(EndpointFamily.values()).map(EndpointFamily::word).forEach(packages::add);
        return packages;
    }

    @BeforeAll
    static void readTheClasses() {
        classes = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .withImportOption(location -> !location.contains("testkit"))
                .importPackages("archipel");
    }

    @Test
    void classes_ofThisJava_areRead() {
        assertTrue(classes.contain("archipel.engine.Database"), "ArchUnit reads the classes of this Java version");
        assertTrue(classes.contain("archipel.cli.Main"));
        assertFalse(classes.get("archipel.engine.Database").getMethods().isEmpty());
    }

    @Test
    void packages_all_areDeclared() {
        Set<String> undeclared = new TreeSet<>();
        classes.forEach(type -> undeclared.add(packageOf(type)));
        undeclared.removeAll(PACKAGES.keySet());
        assertEquals(Set.of(), undeclared, "packages to enter in this test and in ARCHITECTURE.md");
    }

    /** What registers routes is a family, and each family does. */
    @Test
    void endpoints_all_areOfTheListedFamilies() {
        Set<String> registering = new TreeSet<>();
        for (JavaClass type : classes) {
            boolean registers = type.getMethodCallsFromSelf().stream()
                    .anyMatch(call -> call.getTargetOwner().getName().equals("archipel.http.Router")
                            && call.getTarget().getRawReturnType().getName().equals("archipel.http.Route"));
            if (registers && !packageOf(type).equals("http")) {
                registering.add(packageOf(type));
            }
        }
        Set<String> families = new TreeSet<>();
        Arrays.stream(EndpointFamily.values()).map(EndpointFamily::word).forEach(families::add);
        assertEquals(families, registering, "what EndpointFamily lists, and what registers routes");
    }

    /** The page's table is this one, so that what readers are told is what is enforced. */
    @Test
    void architecture_tableOfPackages_isTheEnforcedOne() throws IOException {
        PackageTable page = PackageTable.read(Checkout.open().root().resolve("ARCHITECTURE.md"));
        Map<String, Set<String>> enforced = new TreeMap<>();
        PACKAGES.forEach((name, uses) -> enforced.put(name, new TreeSet<>(uses)));
        assertEquals(enforced, new TreeMap<>(page.rows()));
        assertEquals(List.of(), page.usedBeforeTheirRow(), "a package uses packages of rows above its own");
    }

    @Test
    void packages_each_useOnlyWhatTheyMay() {
        assertNone(dependencies(dependency -> {
            String from = packageOf(dependency.getOriginClass());
            String to = packageOf(dependency.getTargetClass());
            return !to.isEmpty()
                    && !from.equals(to)
                    && !PACKAGES.getOrDefault(from, Set.of()).contains(to);
        }));
    }

    /** What of the engine gives rows to read passes the door, and with it the filter of what somebody may see. */
    @Test
    void reads_aboveTheEngine_passTheDoor() {
        Set<String> below = new TreeSet<>(PACKAGES.get("engine"));
        below.add("engine");
        assertNone(classes.stream()
                .filter(type -> !below.contains(packageOf(type)))
                .flatMap(type -> type.getAccessesFromSelf().stream())
                .filter(access -> isBesideTheDoor(access.getTargetOwner(), access.getName()))
                .map(access -> access.getDescription())
                .toList());
    }

    /** Making a reader or a door of one's own, and opening an index without a reader. */
    private static boolean isBesideTheDoor(JavaClass owner, String member) {
        return switch (owner.getName()) {
            case "archipel.read.Reader", "archipel.read.ReadDoor" -> member.equals("<init>");
            case "archipel.read.ReadSource" -> true;
            case "archipel.index.Index" -> member.equals("read");
            default -> false;
        };
    }

    /** Endpoints read on behalf of somebody; rules of writing, accounts, merging, jobs and indexes on the node's. */
    @Test
    void reads_onBehalfOfNobody_areTheNodesOwn() {
        Set<String> own = Set.of("read", "engine", "view", "merging", "scheduler", "reference");
        // Accounts and what rules and functions compare with; nothing of it is shown or copied for anybody.
        Set<String> ownClasses = Set.of(
                "DatabaseAccess",
                "DocumentGuard",
                "NodeDocumentGuard",
                "UserDirectory",
                "HashUpgrade",
                "AuthDesign",
                "ValidatedWrite");
        assertNone(classes.stream()
                .filter(type -> !own.contains(packageOf(type)) && !ownClasses.contains(type.getSimpleName()))
                .flatMap(type -> type.getFieldAccessesFromSelf().stream())
                .filter(access -> access.getTargetOwner().getName().equals("archipel.read.Visibility")
                        && access.getName().equals("EVERYTHING"))
                .map(access -> access.getDescription())
                .toList());
    }

    /**
     * A request says how fresh its reads have to be, once for all of them: {@code DatabaseRequest} alone opens what is
     * read, and knows which block is the newest. Who has written something may say which block that made.
     */
    @Test
    void reads_ofEndpoints_areAsFreshAsTheRequestWants() {
        // A replication reads what this node has, again and again, and never asks for more.
        Set<String> own = Set.of(
                "read",
                "engine",
                "auth",
                "access",
                "merging",
                "functions",
                "view",
                "mango",
                "ends",
                "replication",
                "scheduler",
                "reference");
        Set<String> writers = Set.of(
                "RewindHandler",
                "ForkHandler",
                "DatabaseHandler",
                "BulkWriteHandler",
                "MaintenanceHandler",
                "DocumentWrites",
                // Tells peers how far each database has come on this node.
                "DatabaseNews",
                // Says how far it has come, and checks the newest there is when it begins.
                "VerifyHandler");
        assertNone(classes.stream()
                .filter(type -> !own.contains(packageOf(type)) && !namesBlocks(type))
                .flatMap(type -> type.getAccessesFromSelf().stream())
                .filter(access -> switch (access.getTargetOwner().getSimpleName() + "." + access.getName()) {
                    case "Database.door", "Wanted.of", "Wanted.NEWEST", "ReadDoor.open", "ReadDoor.newest" -> true;
                    case "DatabaseState.head" ->
                        !writers.contains(access.getOriginOwner().getSimpleName());
                    default -> false;
                })
                .map(access -> access.getDescription())
                .toList());
    }

    private static boolean namesBlocks(JavaClass type) {
        return packageOf(type).equals("http")
                && Set.of("DatabaseRequest", "BlockParameters").contains(type.getSimpleName());
    }

    @Test
    void packages_any_areFreeOfCycles() {
        SlicesRuleDefinition.slices()
                .matching("archipel.(*)..")
                .should()
                .beFreeOfCycles()
                .check(classes);
    }

    @Test
    void libraries_exchangeable_areSeenByTheirOwners() {
        assertNone(dependencies(dependency -> OWNERS.entrySet().stream()
                .anyMatch(owner -> dependency.getTargetClass().getPackageName().startsWith(owner.getKey())
                        && !owner.getValue().contains(packageOf(dependency.getOriginClass())))));
    }

    /** The table itself: a package that may use another must not be usable by it. */
    @Test
    void table_itself_isFreeOfCycles() {
        Map<String, Set<String>> reachable = new TreeMap<>();
        PACKAGES.keySet().forEach(name -> reachable.put(name, reachable(name, new TreeSet<>())));
        List<String> cyclic = reachable.entrySet().stream()
                .filter(entry -> entry.getValue().contains(entry.getKey()))
                .map(Map.Entry::getKey)
                .toList();
        assertEquals(List.of(), cyclic);
    }

    private static Set<String> reachable(String name, Set<String> seen) {
        for (String next : PACKAGES.getOrDefault(name, Set.of())) {
            if (seen.add(next)) {
                reachable(next, seen);
            }
        }
        return seen;
    }

    private static List<String> dependencies(Predicate<Dependency> wrong) {
        return classes.stream()
                .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                .filter(wrong)
                .map(Dependency::getDescription)
                .distinct()
                .sorted()
                .toList();
    }

    private static void assertNone(List<String> wrong) {
        assertTrue(wrong.isEmpty(), () -> String.join("\n", wrong));
    }

    /** {@code engine} for {@code archipel.engine}; empty for what is not Archipel's. */
    private static String packageOf(JavaClass type) {
        String name = type.getBaseComponentType().getPackageName();
        return name.startsWith("archipel.") ? name.substring("archipel.".length()) : "";
    }
}
