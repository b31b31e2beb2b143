package archipel.settings;

import static archipel.settings.SettingGroup.TRUTH;
import static archipel.settings.SettingGroup.couch;
import static archipel.settings.SettingGroup.text;
import static archipel.settings.SettingGroup.words;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.settings.Setting.Change;
import archipel.settings.Setting.CouchKey;
import archipel.settings.Setting.Place;
import archipel.settings.Setting.Scope;
import archipel.settings.SettingType.ByteSize;
import archipel.settings.SettingType.FilePath;
import archipel.settings.SettingType.TextList;
import archipel.settings.SettingType.WholeNumber;
import archipel.settings.Settings.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
    private static final CouchKey PORT_KEY = new CouchKey("chttpd", "port");
    private static final CouchKey TIMEOUT = new CouchKey("chttpd_auth", "timeout");

    private static final SettingGroup GROUP = new SettingGroup("What is tested with");
    private static final Setting<Integer> PORT = GROUP.node(
            "port", new WholeNumber(0, 65_535, ""), "5984", Change.AT_START, "A port.", couch("chttpd", "port"));
    private static final Setting<String> HOST =
            GROUP.node("host", text("\\S+", "a host"), "127.0.0.1", Change.AT_START, "A host.");
    private static final Setting<Path> DATA = GROUP.node("data", new FilePath(), "d", Change.FIXED, "A directory.");
    private static final Setting<Long> BLOCK_CACHE_SIZE =
            GROUP.node("block_cache_size", new ByteSize(1, 1L << 40), "64MiB", Change.AT_START, "Memory.");
    private static final Setting<Boolean> GZIP = GROUP.node("gzip", TRUTH, "true", Change.AT_ONCE, "Compression.");
    private static final Setting<Boolean> ENABLE_CORS = GROUP.cluster(
            "enable_cors",
            TRUTH,
            "false",
            Change.AT_ONCE,
            "Other sites.",
            couch("chttpd", "enable_cors"),
            couch("httpd", "enable_cors"));
    private static final Setting<List<String>> CORS_ORIGINS =
            GROUP.cluster("cors_origins", new TextList(), "", Change.AT_ONCE, "Which.", couch("cors", "origins"));
    private static final Setting<List<String>> PUBLIC_FIELDS =
            GROUP.cluster("public_fields", new TextList(), "", Change.AT_ONCE, "Fields.");
    private static final Setting<Integer> MAX_JSON_DEPTH =
            GROUP.cluster("max_json_depth", new WholeNumber(8, 10_000, "levels"), "500", Change.AT_ONCE, "Depth.");
    private static final Setting<Integer> SESSION_TIMEOUT_SECONDS = GROUP.cluster(
            "session_timeout_seconds",
            new WholeNumber(1, 31_536_000, "seconds"),
            "600",
            Change.AT_ONCE,
            "How long.",
            couch("chttpd_auth", "timeout"));
    private static final Setting<UuidAlgorithm> UUIDS_ALGORITHM = GROUP.cluster(
            "uuids_algorithm",
            words(UuidAlgorithm.values(), UuidAlgorithm::word),
            "sequential",
            Change.AT_ONCE,
            "How.",
            couch("uuids", "algorithm"));
    private static final Setting<Durability> DURABILITY =
            GROUP.node("durability", words(Durability.values(), Durability::word), "fsync", Change.AT_START, "When.");
    private static final Setting<String> ADMIN_PASSWORD = secret("admin_password", List.of());
    private static final Setting<String> SESSION_SECRET =
            secret("session_secret", List.of(couch("chttpd_auth", "secret")));

    static {
        GROUP.rule(new SettingRule(
                Set.of(CORS_ORIGINS),
                settings ->
                        settings.get(ENABLE_CORS) && settings.get(CORS_ORIGINS).contains("*"),
                "every site",
                "stored for every site",
                "changed for every site"));
        GROUP.section("names", key -> key.startsWith("secret:"));
    }

    private static final SettingCatalog CATALOG =
            SettingCatalog.of(List.of(GROUP), Map.of("tuning/*", "It tunes nothing."));

    private static Setting<String> secret(String name, List<CouchKey> couch) {
        return GROUP.add(new Setting<>(
                name,
                text("\\S*", "without spaces"),
                "",
                Scope.CLUSTER,
                Change.AT_ONCE,
                couch,
                Set.of(Place.ENVIRONMENT),
                "A secret."));
    }

    @TempDir
    Path directory = Path.of("");

    @Test
    void get_nothingGiven_isTheDefault() {
        Settings settings = Settings.defaults(CATALOG);
        assertEquals(5984, settings.get(PORT));
        assertEquals("127.0.0.1", settings.get(HOST));
        assertEquals(64L << 20, settings.get(BLOCK_CACHE_SIZE));
        assertEquals(Source.DEFAULT, settings.resolved(PORT).source());
    }

    @Test
    void get_givenEverywhere_followsThePrecedence() throws IOException {
        Path file = file("port = 5\nsession_timeout_seconds = 6\nmax_json_depth = 70");
        Settings settings = Settings.of(
                CATALOG,
                Map.of("config", file.toString(), "port", "1"),
                Map.of("ARCHIPEL_PORT", "2", "ARCHIPEL_SESSION_TIMEOUT_SECONDS", "3"));
        assertEquals(1, settings.get(PORT));
        assertEquals(Source.FLAG, settings.resolved(PORT).source());
        assertEquals(3, settings.get(SESSION_TIMEOUT_SECONDS));
        assertEquals(
                Source.ENVIRONMENT, settings.resolved(SESSION_TIMEOUT_SECONDS).source());
        assertEquals(70, settings.get(MAX_JSON_DEPTH));
        assertEquals(Source.FILE, settings.resolved(MAX_JSON_DEPTH).source());

        settings.change(TIMEOUT, "9", true);
        assertEquals(9, settings.get(SESSION_TIMEOUT_SECONDS));
        assertEquals(Source.RUNTIME, settings.resolved(SESSION_TIMEOUT_SECONDS).source());
        settings.change(TIMEOUT, null, true);
        assertEquals(3, settings.get(SESSION_TIMEOUT_SECONDS));
    }

    @Test
    void of_badValue_saysWhichWhereAndWhatToDo() throws IOException {
        assertRefused(
                Map.of("port", "70000"), Map.of(), "--port 70000", "whole number from 0 to 65535", "Give the flag");
        assertRefused(Map.of(), Map.of("ARCHIPEL_GZIP", "maybe"), "ARCHIPEL_GZIP=maybe", "true or false", "unset");
        Path file = file("durability = \"sometimes\"");
        assertRefused(
                Map.of("config", file.toString()), Map.of(), "durability = sometimes in " + file, "one of fsync, os");
    }

    @Test
    void of_unknownKeyInTheFile_namesTheNearest() throws IOException {
        assertRefused(Map.of("config", file("prot = 1").toString()), Map.of(), "no setting prot", "perhaps port");
        assertRefused(Map.of("config", file("whatever = 1").toString()), Map.of(), "no setting whatever", "lists all");
        assertRefused(Map.of("config", file("admin_password = \"x\"").toString()), Map.of(), "ARCHIPEL_ADMIN_PASSWORD");
        assertRefused(Map.of("config", file("[http]\nport = 1").toString()), Map.of(), "no setting http");
    }

    @Test
    void of_unusableFile_saysWhy() throws IOException {
        assertRefused(Map.of("config", "/nowhere/at-all.toml"), Map.of(), "/nowhere/at-all.toml", "cannot be read");
        assertRefused(Map.of("config", file("port = 1\nport : 2").toString()), Map.of(), "not TOML", "line 2");
    }

    @Test
    void of_listInTheFile_isTextOrArray() throws IOException {
        Path file = file("cors_origins = [\"http://a\", \"http://b\"]\npublic_fields = \"name, city\"");
        Settings settings = Settings.of(CATALOG, Map.of("config", file.toString()), Map.of());
        assertEquals(List.of("http://a", "http://b"), settings.get(CORS_ORIGINS));
        assertEquals(List.of("name", "city"), settings.get(PUBLIC_FIELDS));
    }

    @Test
    void of_variableAlmostASetting_warns() {
        assertEquals(
                1,
                Settings.of(CATALOG, Map.of(), Map.of("ARCHIPEL_PROT", "1"))
                        .warnings()
                        .size());
        assertEquals(
                List.of(),
                Settings.of(CATALOG, Map.of(), Map.of("ARCHIPEL_JAVA_OPTIONS", "1"))
                        .warnings());
    }

    @Test
    void change_survivesWhenPersisted_andOnlyThen() {
        MemoryStore store = new MemoryStore();
        Settings settings = Settings.defaults(CATALOG);
        settings.attach(store);
        settings.change(TIMEOUT, "100", true);
        settings.change(new CouchKey("my/section", "a key"), "anything", true);
        settings.change(new CouchKey("uuids", "algorithm"), "random", false);

        Settings again = Settings.defaults(CATALOG);
        again.attach(store);
        assertEquals(100, again.get(SESSION_TIMEOUT_SECONDS));
        assertEquals("anything", again.shown(new CouchKey("my/section", "a key")));
        assertEquals(UuidAlgorithm.SEQUENTIAL, again.get(UUIDS_ALGORITHM));
        assertEquals(UuidAlgorithm.RANDOM, settings.get(UUIDS_ALGORITHM));
    }

    @Test
    void change_olderSectionName_isHeededToo() {
        Settings settings = Settings.defaults(CATALOG);
        settings.change(new CouchKey("httpd", "enable_cors"), "true", true);
        assertTrue(settings.get(ENABLE_CORS));
        assertEquals("true", settings.shown(new CouchKey("httpd", "enable_cors")));
        settings.change(new CouchKey("chttpd", "enable_cors"), "false", true);
        assertFalse(settings.get(ENABLE_CORS));
    }

    @Test
    void change_badValueOrFixedByAFlag_isRefused() {
        Settings settings = Settings.of(CATALOG, Map.of("port", "0"), Map.of());
        assertThrows(SettingException.class, () -> settings.change(PORT_KEY, "1", true));
        SettingException refused = assertThrows(SettingException.class, () -> settings.change(TIMEOUT, "soon", true));
        assertTrue(String.valueOf(refused.getMessage()).contains("[chttpd_auth] timeout must be a whole number"));
        assertEquals(600, settings.get(SESSION_TIMEOUT_SECONDS));
    }

    @Test
    void change_tellsTheListeners() {
        List<CouchKey> changed = new ArrayList<>();
        Settings settings = Settings.defaults(CATALOG);
        settings.onChange(changed::add);
        settings.change(TIMEOUT, "100", false);
        assertEquals(List.of(TIMEOUT), changed);
    }

    /** A store may wait for its disk, or for other nodes. */
    @Test
    void change_whileItIsStored_settingsAreRead() throws Exception {
        MemoryStore store = new MemoryStore();
        Settings settings = Settings.defaults(CATALOG);
        settings.attach(new SecretFile(directory.resolve("secrets"), store, CATALOG::isSecret));
        CountDownLatch putting = new CountDownLatch(1);
        CountDownLatch stored = new CountDownLatch(1);
        store.beforePut = () -> {
            putting.countDown();
            await(stored);
        };
        FutureTask<Void> change = new FutureTask<>(() -> settings.change(TIMEOUT, "100", true), null);
        Thread.startVirtualThread(change);
        await(putting);
        FutureTask<@Nullable String> shown = new FutureTask<>(() -> settings.shown(TIMEOUT));
        Thread.startVirtualThread(shown);
        assertEquals("600", shown.get(30, TimeUnit.SECONDS));
        stored.countDown();
        change.get(30, TimeUnit.SECONDS);
        assertEquals("100", settings.shown(TIMEOUT));
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void attach_keptValueNotUnderstoodAnyMore_warnsAndPassesItOver() {
        MemoryStore store = new MemoryStore();
        store.put("config/chttpd_auth/timeout", "eternal");
        store.put("something/else", "not ours");
        Settings settings = Settings.defaults(CATALOG);
        settings.attach(store);
        assertEquals(600, settings.get(SESSION_TIMEOUT_SECONDS));
        assertEquals(1, settings.warnings().size());
    }

    @Test
    void sections_showWhatHolds_butNoSecret() {
        Settings settings = Settings.of(
                CATALOG, Map.of(), Map.of("ARCHIPEL_SESSION_SECRET", "abc", "ARCHIPEL_ADMIN_PASSWORD", "x"));
        SortedMap<String, SortedMap<String, String>> sections = settings.sections();
        assertEquals("5984", sections.getOrDefault("chttpd", new TreeMap<>()).get("port"));
        assertEquals(Settings.HIDDEN, settings.shown(new CouchKey("chttpd_auth", "secret")));
        assertFalse(sections.toString().contains("abc"));
        assertFalse(settings.all().toString().contains("abc"));
        assertNull(settings.shown(new CouchKey("httpd", "enable_cors")));
        assertNull(settings.shown(new CouchKey("no", "such")));
    }

    private Path file(String toml) throws IOException {
        return Files.writeString(directory.resolve("archipel.toml"), toml);
    }

    private static void assertRefused(Map<String, String> flags, Map<String, String> environment, String... words) {
        String message =
                String.valueOf(assertThrows(SettingException.class, () -> Settings.of(CATALOG, flags, environment))
                        .getMessage());
        for (String word : words) {
            assertTrue(message.contains(word), () -> message + " should contain: " + word);
        }
    }

    private static final class MemoryStore implements RuntimeStore {
        private final SortedMap<String, String> facts = new TreeMap<>();
        private final List<Consumer<String>> listeners = new ArrayList<>();
        private @Nullable String instead;
        private Runnable beforePut = () -> {};

        @Override
        public SortedMap<String, String> load() {
            return new TreeMap<>(facts);
        }

        @Override
        public @Nullable String get(String key) {
            return facts.get(key);
        }

        @Override
        public void put(String key, @Nullable String value) {
            beforePut.run();
            change(key, instead == null ? value : instead);
        }

        @Override
        public void onChange(Consumer<String> listener) {
            listeners.add(listener);
        }

        /** As another node does, too. */
        void change(String key, @Nullable String value) {
            facts.compute(key, (same, old) -> value);
            listeners.forEach(listener -> listener.accept(key));
        }
    }

    @Test
    void attach_anotherNodeChangesAValue_isInForceHere() {
        MemoryStore store = new MemoryStore();
        Settings settings = Settings.of(CATALOG, Map.of(), Map.of());
        settings.attach(store);
        CouchKey key = new CouchKey("cors", "origins");
        String fact = "config/cors/origins";
        List<CouchKey> told = new ArrayList<>();
        settings.onChange(told::add);
        store.change(fact, "https://a.example");
        assertEquals("https://a.example", settings.stored(key));
        assertEquals(List.of(key), told);
        settings.change(key, "https://b.example", true);
        settings.change(key, "https://c.example", false);
        // Told late of what this node has put itself.
        store.listeners.forEach(listener -> listener.accept(fact));
        assertEquals("https://c.example", settings.stored(key));
        store.change(fact, null);
        assertNull(settings.stored(key));
        int port = settings.get(PORT);
        store.change("config/chttpd/port", "no port");
        store.change("node/uuid", "x");
        assertEquals(port, settings.get(PORT));
    }

    /** What is in force is what was kept, not what was asked for. */
    @Test
    void change_anotherNodePutAnotherValue_isThatOne() {
        MemoryStore store = new MemoryStore();
        Settings settings = Settings.of(CATALOG, Map.of(), Map.of());
        settings.attach(store);
        store.instead = "https://theirs.example";
        CouchKey key = new CouchKey("cors", "origins");
        settings.change(key, "https://mine.example", true);
        assertEquals("https://theirs.example", settings.stored(key));
    }

    @Test
    void rule_broken_isRefusedAtTheStartAndToldLater() {
        assertRefused(Map.of("enable_cors", "true", "cors_origins", "*"), Map.of(), "every site");

        CouchKey origins = new CouchKey("cors", "origins");
        Settings settings = Settings.of(CATALOG, Map.of("enable_cors", "true"), Map.of());
        MemoryStore store = new MemoryStore();
        settings.attach(store);
        settings.change(origins, "*", true);
        assertEquals("changed for every site", settings.warning(origins));
        settings.reload();
        assertEquals(List.of("stored for every site"), settings.warnings());
        settings.change(origins, "http://a", true);
        assertNull(settings.warning(origins));
    }

    @Test
    void whyUnheeded_saysItOfWhatNothingReads() {
        assertEquals("It tunes nothing.", CATALOG.whyUnheeded(new CouchKey("tuning", "any")));
        assertEquals("Archipel has no such setting.", CATALOG.whyUnheeded(new CouchKey("other", "any")));
        assertNull(CATALOG.whyUnheeded(new CouchKey("names", "any")));
        assertNull(CATALOG.whyUnheeded(TIMEOUT));
        assertTrue(CATALOG.isSecret(new CouchKey("names", "secret:x")));
        assertFalse(CATALOG.isSecret(new CouchKey("names", "password")));
        assertTrue(CATALOG.isSecret(new CouchKey("other", "password")));
    }

    @Test
    void catalog_sameNameOrPlaceTwice_isRefused() {
        SettingGroup twice = new SettingGroup("Twice");
        twice.node("port", TRUTH, "true", Change.AT_START, "Another.");
        assertThrows(IllegalArgumentException.class, () -> SettingCatalog.of(GROUP, twice));
        SettingGroup same = new SettingGroup("Same place");
        same.node("other", TRUTH, "true", Change.AT_START, "Another.", couch("uuids", "algorithm"));
        assertThrows(IllegalArgumentException.class, () -> SettingCatalog.of(GROUP, same));
    }

    @Test
    void group_inUse_takesNoMore() {
        SettingCatalog.of(GROUP);
        assertThrows(
                IllegalStateException.class, () -> GROUP.node("late", TRUTH, "true", Change.AT_START, "Too late."));
    }

    private enum UuidAlgorithm implements Word {
        SEQUENTIAL,
        RANDOM
    }

    private enum Durability implements Word {
        FSYNC,
        OS
    }
}
