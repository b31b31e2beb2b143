package archipel.shell;

import archipel.settings.Setting;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What was given to a command that asks a node.
 *
 * @param words what is no option
 * @param options their values; {@code true} for those that take none
 */
public record NodeArguments(NodeVerb verb, List<String> words, Map<NodeOption, String> options) {
    private static final Pattern NEGATIVE_NUMBER = Pattern.compile("-[0-9].*");

    /**
     * Reads a command line without mistakes; null for one that asks for help or has some. An option's value follows it,
     * after a space or {@code =}. After {@code --} there are no options. Negative numbers and {@code -} are none.
     *
     * @param arguments the first is the command
     */
    public static @Nullable NodeArguments parse(NodeVerb verb, String... arguments) {
        List<String> words = new ArrayList<>();
        Map<NodeOption, String> options = new EnumMap<>(NodeOption.class);
        boolean open = true;
        for (int i = 1; i < arguments.length; i++) {
            String argument = arguments[i];
            if (open && argument.equals("--")) {
                open = false;
            } else if (!open || isWord(argument)) {
                words.add(argument);
            } else {
                int equals = argument.indexOf('=');
                NodeOption option = NodeOption.flagged(equals < 0 ? argument : argument.substring(0, equals));
                if (option == null || !verb.takes(option)) {
                    return null;
                }
                String value = "true";
                if (option.label() == null ? equals >= 0 : equals < 0 && ++i == arguments.length) {
                    return null;
                } else if (option.label() != null) {
                    value = equals < 0 ? arguments[i] : argument.substring(equals + 1);
                }
                if (value.isEmpty() || options.put(option, value) != null) {
                    return null;
                }
            }
        }
        boolean complete = words.size() >= verb.required()
                && words.size() <= verb.words().size()
                && (verb.required() == 0 || !words.getFirst().isEmpty());
        return complete ? new NodeArguments(verb, words, options) : null;
    }

    private static boolean isWord(String argument) {
        return !argument.startsWith("-")
                || argument.equals("-")
                || NEGATIVE_NUMBER.matcher(argument).matches();
    }

    boolean has(NodeOption option) {
        return options.containsKey(option);
    }

    String value(NodeOption option, String otherwise) {
        return options.getOrDefault(option, otherwise);
    }

    /** Texts by setting name, of the options that are settings. */
    Map<String, String> settings() {
        Map<String, String> texts = new LinkedHashMap<>();
        options.forEach((option, text) -> {
            Setting<?> setting = option.setting();
            if (setting != null) {
                texts.put(setting.name(), text);
            }
        });
        return texts;
    }

    /** The word at that place; empty where there is none. */
    String word(int index) {
        return index < words.size() ? words.get(index) : "";
    }
}
