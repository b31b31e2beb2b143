package archipel.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.settings.Setting.CouchKey;
import archipel.settings.SettingType.ByteSize;
import archipel.settings.SettingType.Choice;
import archipel.settings.SettingType.Claims;
import archipel.settings.SettingType.FilePath;
import archipel.settings.SettingType.Handlers;
import archipel.settings.SettingType.Networks;
import archipel.settings.SettingType.Text;
import archipel.settings.SettingType.TextList;
import archipel.settings.SettingType.Truth;
import archipel.settings.SettingType.WholeNumber;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds for every setting, those to come included. */
class DeclaredTest {
    private static final Path SOURCES = Path.of("src/main/java/archipel");

    @Test
    void document_isWhatTheDeclarationsSay() throws IOException {
        assertEquals(
                Files.readString(Path.of("../docs/SETTINGS.md")),
                SettingsDocument.markdown(),
                "docs/SETTINGS.md is behind: ./archipel settings --markdown > docs/SETTINGS.md");
    }

    @Test
    void names_areUniqueAndWellFormed() {
        Set<String> names = new HashSet<>();
        Set<CouchKey> keys = new HashSet<>();
        for (Setting<?> setting : Declared.all()) {
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
        for (Setting<?> setting : Declared.all()) {
            for (String sample : samples(setting.type())) {
                assertPrintsAndReads(setting.type(), sample);
            }
            assertPrintsAndReads(setting.type(), setting.defaultText());
        }
    }

    @Test
    void values_outOfBounds_areRefused() {
        for (Setting<?> setting : Declared.all()) {
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
        for (Setting<?> setting : Declared.all()) {
            if (setting == Declared.CONFIG) {
                continue; // names a file, which would have to be there
            }
            String sample = samples(setting.type()).getFirst();
            String flagged = shown(setting, Settings.of(Map.of(setting.name(), sample), Map.of()));
            String environment = shown(setting, Settings.of(Map.of(), Map.of(setting.environmentVariable(), sample)));
            assertEquals(setting.isSecret() ? "" : environment, flagged, setting.name());
        }
    }

    @Test
    void everySetting_isHeededSomewhere() throws IOException {
        StringBuilder sources = new StringBuilder();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                if (!file.endsWith("Declared.java")) {
                    sources.append(Files.readString(file));
                }
            }
        }
        List<String> ignored = Stream.of(Declared.class, AccountSettings.class)
                .flatMap(declaring -> Stream.of(declaring.getDeclaredFields()))
                .filter(field -> field.getType() == Setting.class)
                .map(Field::getName)
                .filter(name -> !sources.toString().matches("(?s).*\\b(Declared|AccountSettings)\\." + name + "\\b.*"))
                .toList();
        assertEquals(List.of(), ignored, "declared, but nothing reads them");
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
            case Text _ -> List.of("a@b".matches(((Text) type).form().pattern()) ? "a@b" : "ab");
            case TextList _ -> List.of("a, b,c", "");
            case Handlers _ ->
                List.of("jwt, cookie", "{chttpd_auth, proxy_authentication_handler}, {chttpd_auth, default})");
            case Claims _ -> List.of("exp, {iss, \"who\"},nbf", "");
            case Networks _ -> List.of("10.0.0.0/8, ::1", "192.168.1.7", "");
            case FilePath _ -> List.of("/tmp/x", "x", "");
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
            case Handlers _ -> List.of("", "null_authentication_handler");
            case Claims _ -> List.of("{iss}", "Exp", "exp nbf");
            case Networks _ -> List.of("localhost", "10.0.0.0/33", "10.0.0.0/x", "1.2.3");
            case FilePath _ -> List.of("\0");
        };
    }
}
