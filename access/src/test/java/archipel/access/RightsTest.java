package archipel.access;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.auth.AccountSettings;
import archipel.auth.DatabaseAccess;
import archipel.auth.DocumentGuard;
import archipel.auth.Identities;
import archipel.auth.SecurityObject;
import archipel.auth.UserContext;
import archipel.changes.Block;
import archipel.command.HorizonPolicy;
import archipel.document.DocumentParser;
import archipel.document.ErrorCode;
import archipel.document.JsonLimits;
import archipel.document.RequestException;
import archipel.engine.Database;
import archipel.engine.EngineSettings;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.functions.Functions;
import archipel.functions.ScriptFunctions;
import archipel.merge.MergePolicy;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.settings.SettingCatalog;
import archipel.settings.Settings;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every method of the gates by everybody: who is refused is refused by the gate itself, before anything else. */
class RightsTest {
    private static final UserContext STRANGER = new UserContext("mallory", List.of(), "");
    private static final UserContext MEMBER = new UserContext("alice", List.of(), "");
    private static final UserContext DATABASE_ADMIN = new UserContext("carol", List.of(), "");
    private static final UserContext SERVER_ADMIN = new UserContext("root", List.of(UserContext.ADMIN_ROLE), "");

    private static final byte[] SECURITY =
            bytes("{\"admins\":{\"names\":[\"carol\"],\"roles\":[]},\"members\":{\"names\":[\"alice\"]}}");
    private static final HorizonPolicy ALL = new HorizonPolicy.All();

    private static final List<UserContext> EVERYBODY =
            List.of(UserContext.ANONYMOUS, STRANGER, MEMBER, DATABASE_ADMIN, SERVER_ADMIN);

    private static final Refusals MEMBERS =
            new Refusals(ErrorCode.NOT_AUTHORIZED_HERE, ErrorCode.NOT_ALLOWED_HERE, null, null);
    private static final Refusals DATABASE_ADMINS = new Refusals(
            ErrorCode.ANONYMOUS_NOT_DATABASE_ADMIN, ErrorCode.NOT_DATABASE_ADMIN, ErrorCode.NOT_DATABASE_ADMIN, null);
    private static final Refusals MAINTAINERS = new Refusals(
            ErrorCode.NOT_SERVER_OR_DATABASE_ADMIN,
            ErrorCode.NOT_SERVER_OR_DATABASE_ADMIN,
            ErrorCode.NOT_SERVER_OR_DATABASE_ADMIN,
            null);
    private static final Refusals SERVER_ADMINS = new Refusals(
            ErrorCode.NOT_SERVER_ADMIN,
            ErrorCode.NOT_SERVER_ADMIN,
            ErrorCode.NOT_SERVER_ADMIN,
            ErrorCode.NOT_SERVER_ADMIN);

    /** What everybody but server admins is refused with; null where the gate lets it pass. */
    private record Refusals(
            ErrorCode anonymous,
            ErrorCode stranger,
            @Nullable ErrorCode member,
            @Nullable ErrorCode databaseAdmin) {
        @Nullable
        ErrorCode of(UserContext user) {
            return Arrays.asList(anonymous, stranger, member, databaseAdmin, null)
                    .get(EVERYBODY.indexOf(user));
        }
    }

    private Node node;
    private Database database;
    private WriteGate writes;
    private DatabaseGate databases;
    private final Map<String, Right> rights = new LinkedHashMap<>();
    private boolean bodyRead;

    /** @param call of the method of that name, by a user */
    private record Right(Refusals refusals, Call call) {}

    @FunctionalInterface
    private interface Call {
        void by(UserContext user) throws IOException;
    }

    @BeforeEach
    void open(@TempDir Path directory) {
        node = Node.open(directory, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
        database = node.create("db");
        database.setSecurity(SECURITY);
        Settings settings =
                Settings.of(SettingCatalog.of(AccountSettings.GROUP, EngineSettings.GROUP), Map.of(), Map.of());
        DatabaseAccess access = new DatabaseAccess(() -> SecurityObject.ADMIN_ONLY);
        writes = new WriteGate(
                Identities.FIXED,
                access,
                DocumentGuard.OPEN,
                new Functions(new ScriptFunctions(() -> {
                    throw new AssertionError("no JavaScript here");
                })),
                WriteLimits.NONE);
        databases = new DatabaseGate(node, access, writes, settings, () -> JsonLimits.DEFAULT);
        declare();
    }

    @AfterEach
    void close() {
        node.close();
    }

    private void declare() {
        right("open", MEMBERS, user -> writes.open(database, user).close());
        right("write", MEMBERS, user -> writes.write(database, user, List.of(document()), false));
        right("putLocal", MEMBERS, user -> writes.putLocal(database, user, "_local/x", bytes("{}")));
        right("deleteLocal", MEMBERS, user -> writes.deleteLocal(database, user, "_local/x"));
        right("purge", SERVER_ADMINS, user -> writes.purge(database, user, Map.of("x", List.of())));
        right("create", SERVER_ADMINS, user -> databases.create(user, "made"));
        right("fork", SERVER_ADMINS, user -> databases.fork(user, database, "forked", newest().hash()));
        right("drop", SERVER_ADMINS, user -> databases.drop(user, "db"));
        right("rewind", MAINTAINERS, user -> databases.rewind(user, database, newest()));
        right("setSecurity", DATABASE_ADMINS, user -> databases.setSecurity(user, database, () -> read(SECURITY)));
        right("setRevisionsLimit", DATABASE_ADMINS, user -> databases.setRevisionsLimit(user, database, () -> read(7)));
        right(
                "setPurgedInfosLimit",
                SERVER_ADMINS,
                user -> databases.setPurgedInfosLimit(user, database, () -> read(7)));
        right(
                "setMergePolicy",
                DATABASE_ADMINS,
                user -> databases.setMergePolicy(user, database, () -> read(MergePolicy.FIELDS)));
        right("setHorizon", DATABASE_ADMINS, user -> databases.setHorizon(user, database, () -> read(ALL)));
        right("forgetFences", MAINTAINERS, user -> databases.forgetFences(user, database, "lock"));
        right("restartTime", MAINTAINERS, user -> databases.restartTime(user, database));
    }

    private <T> T read(T value) {
        bodyRead = true;
        return value;
    }

    private void right(String method, Refusals refusals, Call call) {
        rights.put(method, new Right(refusals, call));
    }

    private static Stream<UserContext> everybody() {
        return EVERYBODY.stream();
    }

    @ParameterizedTest
    @MethodSource("everybody")
    void methods_byEach_areRefusedOrPass(UserContext user) throws IOException {
        for (Map.Entry<String, Right> right : rights.entrySet()) {
            ErrorCode expected = right.getValue().refusals().of(user);
            if (expected == null && right.getKey().equals("drop")) {
                continue; // last, below
            }
            check(right.getKey(), user, expected);
        }
        check("drop", user, rights.get("drop").refusals().of(user));
    }

    private void check(String method, UserContext user, @Nullable ErrorCode expected) throws IOException {
        String what = method + " by " + user.name();
        bodyRead = false;
        List<Object> before = state();
        try {
            rights.get(method).call().by(user);
            assertEquals(expected, null, what);
        } catch (RequestException e) {
            assertEquals(expected, e.code(), what);
            assertEquals(false, bodyRead, () -> what + " has its body read");
            assertArrayEquals(before.toArray(), state().toArray(), what);
        }
    }

    /** What each of the methods would change. */
    private List<Object> state() {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            return List.of(
                    node.databaseNames(),
                    reader.block().toString(),
                    new String(Objects.requireNonNull(reader.security()), StandardCharsets.UTF_8),
                    database.revisionsLimit(),
                    database.purgedInfosLimit(),
                    database.horizon().toString(),
                    reader.locals().find("_local/x") == null);
        }
    }

    /** A method without a line above is one whose rights nobody has decided. */
    @Test
    void table_hasEachMethodThatTakesAUser() {
        Set<String> methods = Stream.of(WriteGate.class, DatabaseGate.class)
                .flatMap(gate -> Stream.of(gate.getDeclaredMethods()))
                .filter(method -> Modifier.isPublic(method.getModifiers()) && takesUser(method))
                .map(Method::getName)
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(methods, new TreeSet<>(rights.keySet()));
    }

    private static boolean takesUser(Method method) {
        return List.of(method.getParameterTypes()).contains(UserContext.class);
    }

    private Block newest() {
        return database.state().head();
    }

    private static DocumentWrite document() {
        byte[] json = bytes("{}");
        return DocumentWrite.of("x", new DocumentParser(JsonLimits.DEFAULT).parse(json, 0, json.length), true);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
