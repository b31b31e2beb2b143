package archipel.settings;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/** Reads the TOML file: one line a setting, lists as text with commas or as arrays. */
final class SettingsFile {
    private SettingsFile() {}

    /** The texts by setting name. */
    static Map<String, String> read(SettingCatalog catalog, Path file) {
        JsonNode root = parse(file);
        Map<String, String> texts = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> line : root.properties()) {
            Setting<?> setting = catalog.named(line.getKey());
            if (setting == null || !setting.places().contains(Setting.Place.FILE)) {
                throw new SettingException(unknown(catalog, line.getKey(), setting, file));
            }
            texts.put(setting.name(), text(setting, line.getValue(), file));
        }
        return texts;
    }

    private static JsonNode parse(Path file) {
        try {
            return new TomlMapper().readTree(Files.readString(file));
        } catch (IOException unreadable) {
            throw new SettingException(
                    "The settings file " + file + " cannot be read (" + why(unreadable)
                            + "); give --config the path of a file, or leave it out.",
                    unreadable);
        } catch (JacksonException malformed) {
            throw new SettingException(
                    "The settings file " + file + " is not TOML: line "
                            + line(malformed) + ", " + malformed.getOriginalMessage()
                            + ". A line looks like: port = 5984",
                    malformed);
        }
    }

    private static String why(IOException unreadable) {
        return switch (unreadable) {
            case NoSuchFileException _ -> "it does not exist";
            case AccessDeniedException _ -> "user " + System.getProperty("user.name") + " may not read it";
            case FileSystemException other when other.getReason() != null -> other.getReason();
            default -> unreadable.toString();
        };
    }

    /** Of a name that is there twice the parser tells the line after it. */
    private static int line(JacksonException malformed) {
        int line = malformed.getLocation().getLineNr();
        boolean twice = String.valueOf(malformed.getOriginalMessage()).contains("uplicate");
        return twice && line > 1 ? line - 1 : line;
    }

    private static String text(Setting<?> setting, JsonNode value, Path file) {
        if (value.isArray() && setting.type() instanceof SettingType.TextList) {
            List<String> items = new ArrayList<>();
            value.forEach(item -> items.add(item.asString()));
            return String.join(",", items);
        }
        if (value.isContainer()) {
            throw new SettingException(setting.name() + " in " + file + " must be "
                    + setting.type().describe() + "; correct or remove the line.");
        }
        return value.asString();
    }

    private static String unknown(SettingCatalog catalog, String key, @Nullable Setting<?> known, Path file) {
        if (known != null) {
            return key + " cannot be set in a file (" + file + "); "
                    + (known.isSecret()
                            ? "use the environment variable " + known.environmentVariable() + "."
                            : "use the flag " + known.flag() + " or the environment variable "
                                    + known.environmentVariable() + ".");
        }
        Setting<?> similar = catalog.nearest(key);
        return "There is no setting " + key + " (in " + file + "); "
                + (similar == null ? "" : "perhaps " + similar.name() + " is meant. ")
                + "\"archipel settings\" lists all of them.";
    }
}
