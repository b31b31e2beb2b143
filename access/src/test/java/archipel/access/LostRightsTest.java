package archipel.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.AccountSettings;
import archipel.auth.Admins;
import archipel.auth.Credentials;
import archipel.auth.DatabaseAccess;
import archipel.auth.DocumentGuard;
import archipel.auth.Lockout;
import archipel.auth.NodeAuthenticator;
import archipel.auth.NodeDocumentGuard;
import archipel.auth.Passwords;
import archipel.auth.Refusals;
import archipel.auth.ReplicatorRules;
import archipel.auth.SecurityObject;
import archipel.auth.SessionCookie;
import archipel.auth.UserContext;
import archipel.auth.UserDirectory;
import archipel.changes.SteadyClock;
import archipel.command.HorizonPolicy;
import archipel.document.DocumentParser;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.JsonLimits;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.engine.Database;
import archipel.engine.EngineSettings;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.functions.Functions;
import archipel.functions.ScriptFunctions;
import archipel.merge.MergePolicy;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.settings.Setting.CouchKey;
import archipel.settings.SettingCatalog;
import archipel.settings.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every method of the gates by somebody who loses the right to it after the request has begun: before the gate is asked
 * where it is given all at once, else before the last of it is there.
 */
class LostRightsTest {
    private static final HorizonPolicy ALL = new HorizonPolicy.All();

    private final Settings settings = Settings.of(
            SettingCatalog.of(AccountSettings.GROUP, EngineSettings.GROUP),
            Map.of(),
            Map.of("ARCHIPEL_PBKDF2_ITERATIONS", "10"));
    private final Passwords passwords = new Passwords(settings, new SecureRandom(), SteadyClock.system());
    private Node node;
    private Database database;
    private WriteGate writes;
    private DatabaseGate databases;
    private NodeAuthenticator authenticator;

    /** Whom a method is for. */
    private enum Rank {
        MEMBER,
        DATABASE_ADMIN,
        SERVER_ADMIN
    }

    /** How a right is lost. */
    private enum Loss {
        REMOVED_FROM_SECURITY,
        ROLE_REMOVED,
        USER_DELETED,
        PASSWORD_CHANGED
    }

    private record Method(Rank rank, Call call) {}

    @FunctionalInterface
    private interface Call {
        void by(LostRightsTest test, UserContext user, Runnable loss) throws IOException;
    }

    private static final Map<String, Method> METHODS = new LinkedHashMap<>();

    static {
        parts("write", Rank.MEMBER, "x");
        parts("write of a design document", Rank.DATABASE_ADMIN, "_design/x");
        whole(
                "putLocal",
                Rank.MEMBER,
                (test, user) -> test.writes.putLocal(test.database, user, "_local/x", bytes("{}")));
        whole("deleteLocal", Rank.MEMBER, (test, user) -> test.writes.deleteLocal(test.database, user, "_local/there"));
        whole(
                "purge",
                Rank.SERVER_ADMIN,
                (test, user) -> test.writes.purge(test.database, user, Map.of("there", List.of(test.leaf()))));
        whole("create", Rank.SERVER_ADMIN, (test, user) -> test.databases.create(user, "made"));
        whole(
                "fork",
                Rank.SERVER_ADMIN,
                (test, user) -> test.databases.fork(
                        user,
                        test.database,
                        "forked",
                        test.database.state().head().hash()));
        whole("drop", Rank.SERVER_ADMIN, (test, user) -> test.databases.drop(user, "db"));
        whole(
                "rewind",
                Rank.DATABASE_ADMIN,
                (test, user) -> test.databases.rewind(
                        user, test.database, test.database.state().head()));
        whole("restartTime", Rank.DATABASE_ADMIN, (test, user) -> test.databases.restartTime(user, test.database));
        whole(
                "forgetFences",
                Rank.DATABASE_ADMIN,
                (test, user) -> test.databases.forgetFences(user, test.database, "lock"));
        METHODS.put(
                "setSecurity",
                new Method(
                        Rank.DATABASE_ADMIN,
                        (test, user, loss) -> test.databases.setSecurity(
                                user, test.database, () -> after(loss, bytes("{\"members\":{}}")))));
        METHODS.put(
                "setRevisionsLimit",
                new Method(
                        Rank.DATABASE_ADMIN,
                        (test, user, loss) ->
                                test.databases.setRevisionsLimit(user, test.database, () -> after(loss, 7))));
        METHODS.put(
                "setPurgedInfosLimit",
                new Method(
                        Rank.SERVER_ADMIN,
                        (test, user, loss) ->
                                test.databases.setPurgedInfosLimit(user, test.database, () -> after(loss, 7))));
        METHODS.put(
                "setMergePolicy",
                new Method(
                        Rank.DATABASE_ADMIN,
                        (test, user, loss) -> test.databases.setMergePolicy(
                                user, test.database, () -> after(loss, MergePolicy.FIELDS))));
        METHODS.put(
                "setHorizon",
                new Method(
                        Rank.DATABASE_ADMIN,
                        (test, user, loss) -> test.databases.setHorizon(user, test.database, () -> after(loss, ALL))));
    }

    /** A write whose user loses the right before it is committed. */
    private static void parts(String name, Rank rank, String id) {
        METHODS.put(name, new Method(rank, (test, user, loss) -> {
            try (GatedWrite write = test.writes.open(test.database, user)) {
                write.add(DocumentWrite.of(id, parsed("{}"), true));
                loss.run();
                write.commit(false);
            }
        }));
    }

    private static void whole(String name, Rank rank, Whole call) {
        METHODS.put(name, new Method(rank, (test, user, loss) -> {
            loss.run();
            call.by(test, user);
        }));
    }

    @FunctionalInterface
    private interface Whole {
        void by(LostRightsTest test, UserContext user) throws IOException;
    }

    private static <T> T after(Runnable loss, T value) {
        loss.run();
        return value;
    }

    private static Stream<String> methods() {
        return METHODS.keySet().stream();
    }

    @BeforeEach
    void open(@TempDir Path directory) throws IOException {
        node = Node.open(directory, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
        node.create("_users").setSecurity(bytes("{}"));
        database = node.create("db");
        database.setSecurity(bytes("{}"));
        settings.change(new CouchKey("admins", "boss"), passwords.hash("relax").toAdmin(), false);
        Admins admins = new Admins(settings, passwords, new SecureRandom());
        SessionCookie cookies = new SessionCookie(settings, InstantSource.system());
        cookies.ensureSecret(new SecureRandom());
        UserDirectory users = new UserDirectory(node, admins, settings);
        DatabaseAccess access = new DatabaseAccess(() -> SecurityObject.ADMIN_ONLY);
        DocumentGuard guard = new NodeDocumentGuard(access, passwords, settings, ReplicatorRules.NONE);
        Functions functions = new Functions(new ScriptFunctions(() -> {
            throw new AssertionError("no JavaScript here");
        }));
        writes = new WriteGate(users, access, guard, functions, WriteLimits.NONE);
        databases = new DatabaseGate(node, access, writes, settings, () -> JsonLimits.DEFAULT);
        authenticator = new NodeAuthenticator(
                settings,
                users,
                writes,
                passwords,
                new Refusals(settings, passwords, SteadyClock.system()),
                new Lockout(settings, SteadyClock.system()),
                cookies,
                () -> JsonLimits.DEFAULT,
                InstantSource.system());
        write(database, "there", "{}");
        writes.putLocal(database, UserContext.NODE, "_local/there", bytes("{}"));
    }

    @AfterEach
    void close() {
        node.close();
    }

    @ParameterizedTest
    @MethodSource("methods")
    void rightsLostMeanwhile_nothingIsDone(String name) throws IOException {
        Method method = METHODS.get(name);
        for (Loss loss : Loss.values()) {
            boolean server = method.rank == Rank.SERVER_ADMIN;
            if (server && (loss == Loss.REMOVED_FROM_SECURITY || loss == Loss.ROLE_REMOVED)) {
                continue;
            }
            String user = server ? "admin" + loss.ordinal() : "bob" + loss.ordinal();
            allow(user, method.rank, loss);
            List<Object> before = state(loss);
            UserContext sender = login(user);
            assertEquals(
                    expected(method.rank, name, loss),
                    refusal(() -> method.call.by(this, sender, () -> lose(user, method.rank, loss))),
                    name + ", " + loss);
            assertEquals(before, state(loss), name + ", " + loss);
        }
    }

    /** The same calls by those who keep their rights, so that the test above is not refused for something else. */
    @ParameterizedTest
    @MethodSource("methods")
    void rightsKept_itIsDone(String name) throws IOException {
        Method method = METHODS.get(name);
        allow("bob", method.rank, Loss.ROLE_REMOVED);
        UserContext sender = login("bob");
        assertEquals(null, refusal(() -> method.call.by(this, sender, () -> {})), name);
    }

    /** Who changes the own password is who it was until that is done. */
    @Test
    void ownPasswordChanged_isStored() throws IOException {
        allow("bob", Rank.MEMBER, Loss.ROLE_REMOVED);
        UserContext bob = login("bob");
        Database users = node.database("_users");
        String id = "org.couchdb.user:bob";
        ParsedDocument document = parsed("{\"_rev\":\"" + winner(users, id)
                + "\",\"type\":\"user\",\"name\":\"bob\",\"roles\":[\"crew\"],\"password\":\"new\"}");
        DocumentOutcome outcome = writes.write(users, bob, List.of(DocumentWrite.of(id, document, true)), false)
                .documents()
                .getFirst();
        assertTrue(outcome instanceof DocumentOutcome.Stored, outcome.toString());
        assertEquals(
                ErrorCode.CREDENTIALS_REVOKED, refusal(() -> writes.putLocal(database, bob, "_local/x", bytes("{}"))));
    }

    private void allow(String name, Rank rank, Loss loss) throws IOException {
        if (rank == Rank.SERVER_ADMIN) {
            settings.change(new CouchKey("admins", name), passwords.hash("pw").toAdmin(), false);
            return;
        }
        write(
                node.database("_users"),
                "org.couchdb.user:" + name,
                "{\"type\":\"user\",\"name\":\"" + name + "\",\"roles\":[\"crew\"],\"password\":\"pw\"}");
        String group = loss == Loss.ROLE_REMOVED ? "{\"roles\":[\"crew\"]}" : "{\"names\":[\"" + name + "\"]}";
        String other = "{\"names\":[\"nobody\"]}";
        database.setSecurity(bytes("{\"admins\":" + (rank == Rank.DATABASE_ADMIN ? group : other) + ",\"members\":"
                + (rank == Rank.MEMBER ? group : other) + "}"));
    }

    private void lose(String name, Rank rank, Loss loss) {
        Database users = node.database("_users");
        String id = "org.couchdb.user:" + name;
        String account = "{\"_rev\":\"%s\",\"type\":\"user\",\"name\":\"" + name + "\",";
        CouchKey admin = new CouchKey("admins", name);
        try {
            switch (loss) {
                case REMOVED_FROM_SECURITY ->
                    database.setSecurity(
                            bytes("{\"admins\":{\"names\":[\"nobody\"]},\"members\":{\"names\":[\"nobody\"]}}"));
                case ROLE_REMOVED ->
                    write(
                            users,
                            id,
                            (account + "\"roles\":[]," + keptPassword(users, id)).formatted(winner(users, id)));
                case USER_DELETED -> {
                    if (rank == Rank.SERVER_ADMIN) {
                        settings.change(admin, null, false);
                    } else {
                        write(users, id, "{\"_rev\":\"" + winner(users, id) + "\",\"_deleted\":true}");
                    }
                }
                case PASSWORD_CHANGED -> {
                    if (rank == Rank.SERVER_ADMIN) {
                        settings.change(admin, passwords.hash("new").toAdmin(), false);
                    } else {
                        write(
                                users,
                                id,
                                (account + "\"roles\":[\"crew\"],\"password\":\"new\"}").formatted(winner(users, id)));
                    }
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static ErrorCode expected(Rank rank, String method, Loss loss) {
        if (loss == Loss.USER_DELETED || loss == Loss.PASSWORD_CHANGED) {
            return ErrorCode.CREDENTIALS_REVOKED;
        }
        return switch (rank) {
            case MEMBER -> ErrorCode.NOT_ALLOWED_HERE;
            case SERVER_ADMIN -> ErrorCode.NOT_SERVER_ADMIN;
            case DATABASE_ADMIN ->
                switch (method) {
                    // Who is no admin is no member either.
                    case "write of a design document" -> ErrorCode.NOT_ALLOWED_HERE;
                    case "rewind", "restartTime", "forgetFences" -> ErrorCode.NOT_SERVER_OR_DATABASE_ADMIN;
                    default -> ErrorCode.NOT_DATABASE_ADMIN;
                };
        };
    }

    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    private static @Nullable ErrorCode refusal(Work work) throws IOException {
        try {
            work.run();
            return null;
        } catch (RequestException e) {
            return e.code();
        }
    }

    /** What each of the methods would change. */
    private List<Object> state(Loss loss) {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            return List.of(
                    node.databaseNames(),
                    reader.block().toString(),
                    loss == Loss.REMOVED_FROM_SECURITY
                            ? ""
                            : new String(Objects.requireNonNull(reader.security()), StandardCharsets.UTF_8),
                    database.revisionsLimit(),
                    database.purgedInfosLimit(),
                    database.horizon().toString(),
                    reader.locals().find("_local/x") == null,
                    reader.locals().find("_local/there") == null);
        }
    }

    private UserContext login(String name) {
        String pair = Base64.getEncoder().encodeToString(bytes(name + ":pw"));
        return authenticator
                .authenticate(new Credentials(_ -> "Basic " + pair, null, "p", false))
                .user();
    }

    private void write(Database where, String id, String json) throws IOException {
        DocumentOutcome outcome = writes.write(
                        where, UserContext.NODE, List.of(DocumentWrite.of(id, parsed(json), true)), false)
                .documents()
                .getFirst();
        assertTrue(outcome instanceof DocumentOutcome.Stored, outcome.toString());
    }

    /** The members of a user document that are its password, without a beginning and with the end of the document. */
    private static String keptPassword(Database users, String id) {
        try (Reader reader = users.door().newest(Visibility.EVERYTHING)) {
            String json = new String(
                    Objects.requireNonNull(reader.documents().body(id, winner(users, id)))
                            .json(),
                    StandardCharsets.UTF_8);
            return json.substring(json.indexOf("\"password_scheme\""), json.indexOf(",\"type\"")) + "}";
        }
    }

    private static Revision winner(Database where, String id) {
        try (Reader reader = where.door().newest(Visibility.EVERYTHING)) {
            return Objects.requireNonNull(reader.documents().find(id)).winner().revision();
        }
    }

    private Revision leaf() {
        return winner(database, "there");
    }

    private static ParsedDocument parsed(String text) {
        byte[] json = bytes(text);
        return new DocumentParser(JsonLimits.DEFAULT).parse(json, 0, json.length);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
