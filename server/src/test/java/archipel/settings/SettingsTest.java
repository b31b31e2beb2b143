package archipel.settings;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.settings.Setting.CouchKey;
import archipel.settings.Settings.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
    private static final CouchKey PORT = new CouchKey("chttpd", "port");
    private static final CouchKey TIMEOUT = new CouchKey("chttpd_auth", "timeout");

    @TempDir
    Path directory = Path.of("");

    @Test
    void get_nothingGiven_isTheDefault() {
        Settings settings = Settings.defaults();
        assertEquals(5984, settings.get(Declared.PORT));
        assertEquals("127.0.0.1", settings.get(Declared.HOST));
        assertEquals(64L << 20, settings.get(Declared.BLOCK_CACHE_SIZE));
        assertEquals(Source.DEFAULT, settings.resolved(Declared.PORT).source());
    }

    @Test
    void get_givenEverywhere_followsThePrecedence() throws IOException {
        Path file = file("port = 5\nsession_timeout_seconds = 6\nmax_json_depth = 70");
        Settings settings = Settings.of(
                Map.of("config", file.toString(), "port", "1"),
                Map.of("ARCHIPEL_PORT", "2", "ARCHIPEL_SESSION_TIMEOUT_SECONDS", "3"));
        assertEquals(1, settings.get(Declared.PORT));
        assertEquals(Source.FLAG, settings.resolved(Declared.PORT).source());
        assertEquals(3, settings.get(AccountSettings.SESSION_TIMEOUT_SECONDS));
        assertEquals(
                Source.ENVIRONMENT,
                settings.resolved(AccountSettings.SESSION_TIMEOUT_SECONDS).source());
        assertEquals(70, settings.get(Declared.MAX_JSON_DEPTH));
        assertEquals(Source.FILE, settings.resolved(Declared.MAX_JSON_DEPTH).source());

        settings.change(TIMEOUT, "9", true);
        assertEquals(9, settings.get(AccountSettings.SESSION_TIMEOUT_SECONDS));
        assertEquals(
                Source.RUNTIME,
                settings.resolved(AccountSettings.SESSION_TIMEOUT_SECONDS).source());
        settings.change(TIMEOUT, null, true);
        assertEquals(3, settings.get(AccountSettings.SESSION_TIMEOUT_SECONDS));
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
        assertRefused(Map.of("data", ""), Map.of(), "data is empty");
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
        Settings settings = Settings.of(Map.of("config", file.toString()), Map.of());
        assertEquals(List.of("http://a", "http://b"), settings.get(Declared.CORS_ORIGINS));
        assertEquals(List.of("name", "city"), settings.get(AccountSettings.PUBLIC_FIELDS));
    }

    @Test
    void of_variableAlmostASetting_warns() {
        assertEquals(
                1,
                Settings.of(Map.of(), Map.of("ARCHIPEL_PROT", "1")).warnings().size());
        assertEquals(
                List.of(),
                Settings.of(Map.of(), Map.of("ARCHIPEL_JAVA_OPTIONS", "1")).warnings());
    }

    @Test
    void change_survivesWhenPersisted_andOnlyThen() {
        MemoryStore store = new MemoryStore();
        Settings settings = Settings.defaults();
        settings.attach(store);
        settings.change(TIMEOUT, "100", true);
        settings.change(new CouchKey("my/section", "a key"), "anything", true);
        settings.change(new CouchKey("uuids", "algorithm"), "random", false);

        Settings again = Settings.defaults();
        again.attach(store);
        assertEquals(100, again.get(AccountSettings.SESSION_TIMEOUT_SECONDS));
        assertEquals("anything", again.shown(new CouchKey("my/section", "a key")));
        assertEquals(Declared.UuidAlgorithm.SEQUENTIAL, again.get(Declared.UUIDS_ALGORITHM));
        assertEquals(Declared.UuidAlgorithm.RANDOM, settings.get(Declared.UUIDS_ALGORITHM));
    }

    @Test
    void change_olderSectionName_isHeededToo() {
        Settings settings = Settings.defaults();
        settings.change(new CouchKey("httpd", "enable_cors"), "true", true);
        assertTrue(settings.get(Declared.ENABLE_CORS));
        assertEquals("true", settings.shown(new CouchKey("httpd", "enable_cors")));
        settings.change(new CouchKey("chttpd", "enable_cors"), "false", true);
        assertFalse(settings.get(Declared.ENABLE_CORS));
    }

    @Test
    void change_badValueOrFixedByAFlag_isRefused() {
        Settings settings = Settings.of(Map.of("port", "0"), Map.of());
        assertThrows(SettingException.class, () -> settings.change(PORT, "1", true));
        SettingException refused = assertThrows(SettingException.class, () -> settings.change(TIMEOUT, "soon", true));
        assertTrue(String.valueOf(refused.getMessage()).contains("[chttpd_auth] timeout must be a whole number"));
        assertEquals(600, settings.get(AccountSettings.SESSION_TIMEOUT_SECONDS));
    }

    @Test
    void change_tellsTheListeners() {
        List<CouchKey> changed = new ArrayList<>();
        Settings settings = Settings.defaults();
        settings.onChange(changed::add);
        settings.change(TIMEOUT, "100", false);
        assertEquals(List.of(TIMEOUT), changed);
    }

    @Test
    void attach_keptValueNotUnderstoodAnyMore_warnsAndPassesItOver() {
        MemoryStore store = new MemoryStore();
        store.put("config/chttpd_auth/timeout", "eternal");
        store.put("something/else", "not ours");
        Settings settings = Settings.defaults();
        settings.attach(store);
        assertEquals(600, settings.get(AccountSettings.SESSION_TIMEOUT_SECONDS));
        assertEquals(1, settings.warnings().size());
    }

    @Test
    void sections_showWhatHolds_butNoSecret() {
        Settings settings =
                Settings.of(Map.of(), Map.of("ARCHIPEL_SESSION_SECRET", "abc", "ARCHIPEL_ADMIN_PASSWORD", "x"));
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
        String message = String.valueOf(assertThrows(SettingException.class, () -> Settings.of(flags, environment))
                .getMessage());
        for (String word : words) {
            assertTrue(message.contains(word), () -> message + " should contain: " + word);
        }
    }

    private static final class MemoryStore implements RuntimeStore {
        private final SortedMap<String, String> facts = new TreeMap<>();

        @Override
        public SortedMap<String, String> load() {
            return new TreeMap<>(facts);
        }

        @Override
        public void put(String key, @Nullable String value) {
            if (value == null) {
                facts.remove(key);
            } else {
                facts.put(key, value);
            }
        }
    }

    @Test
    void of_allOriginsWithCredentials_isRefused() {
        Map<String, String> flags = Map.of("enable_cors", "true", "cors_origins", "*", "cors_credentials", "true");
        assertThrows(SettingException.class, () -> Settings.of(flags, Map.of()));
        assertDoesNotThrow(() -> Settings.of(Map.of("cors_origins", "*", "cors_credentials", "true"), Map.of()));
    }
}
