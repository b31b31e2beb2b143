package archipel.server;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.ClaimList;
import archipel.auth.HandlerList;
import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.Setting.CouchKey;
import archipel.settings.Setting.Scope;
import archipel.settings.SettingCatalog;
import archipel.settings.SettingException;
import archipel.settings.SettingType;
import archipel.settings.SettingType.ByteSize;
import archipel.settings.SettingType.Choice;
import archipel.settings.SettingType.FilePath;
import archipel.settings.SettingType.Networks;
import archipel.settings.SettingType.Text;
import archipel.settings.SettingType.TextList;
import archipel.settings.SettingType.Truth;
import archipel.settings.SettingType.WholeNumber;
import archipel.settings.Settings;
import archipel.settings.SettingsDocument;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds for every setting, those to come included. */
class DeclaredTest {
    private static final Path HOME = Path.of("..");
    private static final Pattern USED = Pattern.compile("\\b[A-Z]\\w*\\.[A-Z][A-Z0-9_]*\\b");
    private static final Pattern DECLARED =
            Pattern.compile("\\bSetting<[^=]+?> ([A-Z][A-Z0-9_]*) =\\s*GROUP\\.(?:node|cluster|add)\\(");

    @Test
    void document_isWhatTheDeclarationsSay() throws IOException {
        assertEquals(
                Files.readString(Path.of("../docs/SETTINGS.md")),
                SettingsDocument.markdown(NodeSettings.ALL),
                "docs/SETTINGS.md is behind: ./archipel settings --markdown > docs/SETTINGS.md");
    }

    @Test
    void names_areUniqueAndWellFormed() {
        Set<String> names = new HashSet<>();
        Set<CouchKey> keys = new HashSet<>();
        for (Setting<?> setting : NodeSettings.ALL.all()) {
            assertTrue(names.add(setting.name()), setting.name() + " is declared twice");
            assertTrue(setting.name().matches("[a-z][a-z0-9]*(_[a-z0-9]+)*"), setting.name());
            assertTrue(setting.doc().endsWith("."), setting.name() + " needs a sentence");
            for (CouchKey key : setting.couch()) {
                assertTrue(keys.add(key), key + " belongs to two settings");
            }
        }
    }

    @Test
    void values_survivePrintingAndReading() {
        for (Setting<?> setting : NodeSettings.ALL.all()) {
            for (String sample : samples(setting.type())) {
                assertPrintsAndReads(setting.type(), sample);
            }
            assertPrintsAndReads(setting.type(), setting.defaultText());
        }
    }

    @Test
    void values_outOfBounds_areRefused() {
        for (Setting<?> setting : NodeSettings.ALL.all()) {
            for (String bad : refused(setting.type())) {
                assertThrows(
                        IllegalArgumentException.class,
                        () -> setting.type().parse(bad),
                        () -> setting.name() + " takes " + bad);
            }
        }
    }

    @Test
    void everySetting_canBeGivenWhereItSays() {
        for (Setting<?> setting : NodeSettings.ALL.all()) {
            if (setting == SettingCatalog.CONFIG) {
                continue; // names a file, which would have to be there
            }
            String sample = samples(setting.type()).getFirst();
            String flagged = shown(setting, Settings.of(NodeSettings.ALL, Map.of(setting.name(), sample), Map.of()));
            String environment = shown(
                    setting, Settings.of(NodeSettings.ALL, Map.of(), Map.of(setting.environmentVariable(), sample)));
            assertEquals(setting.isSecret() ? "" : environment, flagged, setting.name());
        }
    }

    /** A class that declares settings and is not in the list of a node's would have them read by nobody. */
    @Test
    void everyGroup_isInTheCatalog() throws IOException {
        Set<String> declared = new TreeSet<>();
        for (String source : sources().values()) {
            DECLARED.matcher(source).results().forEach(found -> declared.add(found.group(1)));
        }
        assertEquals(NodeSettings.ALL.all().size() - 1, declared.size(), () -> "declared: " + declared);
    }

    @Test
    void everySetting_isHeededSomewhere() throws IOException {
        Map<Path, String> sources = sources();
        Set<String> used = new HashSet<>();
        sources.values().forEach(source -> USED.matcher(source).results().forEach(found -> used.add(found.group())));
        List<String> ignored = new ArrayList<>();
        sources.forEach((file, source) -> DECLARED.matcher(source).results().forEach(found -> {
            String type = file.getFileName().toString().replace(".java", "");
            boolean here = source.contains("get(" + found.group(1) + ")");
            if (!here && !used.contains(type + "." + found.group(1))) {
                ignored.add(type + "." + found.group(1));
            }
        }));
        assertEquals(List.of(), ignored, "declared, but nothing reads them");
    }

    /**
     * What a cluster shares has a place that its nodes can share; no flag and no file is one. What a node needs before
     * it has its data open can have none, nor what its data begins with: whoever runs the nodes gives all of them the
     * same.
     */
    @Test
    void settingsOfTheCluster_haveAPlaceInConfig() {
        Set<String> neededBeforeTheDataIsOpen = Set.of(
                "admin",
                "admin_password",
                "durability",
                "max_clock_drift_ms",
                "clock_patience_seconds",
                "history",
                "history_blocks",
                "history_age_seconds",
                "attachment_chunk_size",
                "script_time_ms",
                "script_memory",
                "script_strikes",
                "script_quarantine_seconds",
                "script_map_failures");
        Set<String> without = new TreeSet<>();
        for (Setting<?> setting : NodeSettings.ALL.all()) {
            if (setting.scope() == Scope.CLUSTER && setting.shownAs() == null) {
                without.add(setting.name());
                assertEquals(Change.AT_START, setting.change(), setting.name());
            }
        }
        assertEquals(new TreeSet<>(neededBeforeTheDataIsOpen), without);
    }

    /** A path is one machine's. */
    @Test
    void settingsOfTheCluster_nameNoFiles() {
        for (Setting<?> setting : NodeSettings.ALL.all()) {
            assertTrue(setting.scope() == Scope.NODE || !(setting.type() instanceof FilePath), setting.name());
        }
    }

    @Test
    void of_allOriginsWithCredentials_isRefused() {
        Map<String, String> flags = Map.of("enable_cors", "true", "cors_origins", "*", "cors_credentials", "true");
        assertThrows(SettingException.class, () -> Settings.of(NodeSettings.ALL, flags, Map.of()));
        Map<String, String> disabled = Map.of("cors_origins", "*", "cors_credentials", "true");
        assertDoesNotThrow(() -> Settings.of(NodeSettings.ALL, disabled, Map.of()));
    }

    @Test
    void of_noDataDirectory_isRefused() {
        assertThrows(SettingException.class, () -> Settings.of(NodeSettings.ALL, Map.of("data", ""), Map.of()));
    }

    @Test
    void secrets_areWhatSignsAndWhatCouchDbHasForPasswords() {
        SettingCatalog all = NodeSettings.ALL;
        assertTrue(all.isSecret(new CouchKey("chttpd_auth", "secret")));
        assertTrue(all.isSecret(new CouchKey("jwt_keys", "hmac:a")));
        assertFalse(all.isSecret(new CouchKey("jwt_keys", "rsa:a")));
        assertTrue(all.isSecret(new CouchKey("replicator", "password")));
        assertFalse(all.isSecret(new CouchKey("admins", "secret")));
    }

    /** By file; those of the product. */
    private static Map<Path, String> sources() throws IOException {
        Map<Path, String> sources = new TreeMap<>();
        try (Stream<Path> files = Files.walk(HOME)) {
            for (Path file : files.filter(path ->
                            path.toString().endsWith(".java") && path.toString().contains("/src/main/java/"))
                    .toList()) {
                sources.put(file, Files.readString(file));
            }
        }
        return sources;
    }

    private static String shown(Setting<?> setting, Settings settings) {
        return settings.resolved(setting).shown();
    }

    private static <T> void assertPrintsAndReads(SettingType<T> type, String sample) {
        T value = type.parse(sample);
        assertEquals(value, type.parse(type.format(value)), type.describe());
    }

    private static List<String> samples(SettingType<?> type) {
        return switch (type) {
            case WholeNumber number -> List.of("" + number.greatest(), "" + number.least());
            case ByteSize size -> List.of("1MiB", "" + size.least(), "" + size.greatest());
            case Truth _ -> List.of("true", "false");
            case Choice<?> choice ->
                Stream.concat(choice.words().keySet().stream(), choice.aliases().keySet().stream())
                        .toList();
            case Text text ->
                Stream.of("a@b", "ab", "http://10.0.0.7:5984", "a-text-of-twenty-characters-or-more")
                        .filter(sample -> text.form().matcher(sample).matches())
                        .limit(1)
                        .toList();
            case TextList _ -> List.of("a, b,c", "");
            case HandlerList _ ->
                List.of("jwt, cookie", "{chttpd_auth, proxy_authentication_handler}, {chttpd_auth, default})");
            case ClaimList _ -> List.of("exp, {iss, \"who\"},nbf", "");
            case Networks _ -> List.of("10.0.0.0/8, ::1", "192.168.1.7", "");
            case FilePath _ -> List.of("/tmp/x", "x", "");
            default -> throw new AssertionError("no samples of " + type);
        };
    }

    private static List<String> refused(SettingType<?> type) {
        return switch (type) {
            case WholeNumber number ->
                List.of("" + (number.greatest() + 1L), "" + (number.least() - 1L), "1.5", "", "x");
            case ByteSize size -> List.of("" + (size.least() - 1), "" + (size.greatest() + 1), "1 parsec", "", "-1");
            case Truth _ -> List.of("yes", "");
            case Choice<?> _ -> List.of("no such word");
            case Text _, TextList _ -> List.of();
            case HandlerList _ -> List.of("", "null_authentication_handler");
            case ClaimList _ -> List.of("{iss}", "Exp", "exp nbf");
            case Networks _ -> List.of("localhost", "10.0.0.0/33", "10.0.0.0/x", "1.2.3");
            case FilePath _ -> List.of("\0");
            default -> throw new AssertionError("no samples of " + type);
        };
    }
}
