package archipel.settings;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a setting's value is written. Every type reads and writes text, since flags, environment variables and
 * {@code _config} know nothing else; {@code parse(format(value))} gives the value again.
 */
public interface SettingType<T> {
    /** @throws IllegalArgumentException saying what it must be, to follow "must be" in a sentence */
    T parse(String text);

    default String format(T value) {
        return value.toString();
    }

    /** What it must be, with bounds and units, such as {@code a whole number from 0 to 65535}. */
    String describe();

    /** For a value that is not what its type describes. */
    static IllegalArgumentException refused(SettingType<?> type) {
        return new IllegalArgumentException(type.describe());
    }

    /**
     * A whole number.
     *
     * @param unit such as {@code seconds}; empty for a mere count
     */
    record WholeNumber(int least, int greatest, String unit) implements SettingType<Integer> {
        @Override
        public Integer parse(String text) {
            try {
                int value = Integer.parseInt(text);
                if (value >= least && value <= greatest) {
                    return value;
                }
            } catch (NumberFormatException notANumber) {
                // Refused below, like a number out of bounds.
            }
            throw refused(this);
        }

        @Override
        public String describe() {
            String number = "a whole number from " + least + " to " + greatest;
            return unit.isEmpty() ? number : number + " (" + unit + ")";
        }
    }

    /** Bytes: a whole number, or one with a unit, such as {@code 64MiB}. */
    record ByteSize(long least, long greatest) implements SettingType<Long> {
        private static final Pattern FORM = Pattern.compile("(\\d{1,18})\\s*([a-z]*)");
        private static final Map<String, Long> UNITS = Map.of(
                "",
                1L,
                "b",
                1L,
                "kb",
                1_000L,
                "mb",
                1_000_000L,
                "gb",
                1_000_000_000L,
                "kib",
                1L << 10,
                "mib",
                1L << 20,
                "gib",
                1L << 30);

        @Override
        public Long parse(String text) {
            Matcher matcher = FORM.matcher(text.toLowerCase(Locale.ROOT));
            Long unit = matcher.matches() ? UNITS.get(matcher.group(2)) : null;
            if (unit != null) {
                long number = Long.parseLong(matcher.group(1));
                if (number <= greatest / unit && number * unit >= least) {
                    return number * unit;
                }
            }
            throw refused(this);
        }

        @Override
        public String describe() {
            return "a number of bytes from " + least + " to " + greatest + ", or one with a unit such as 64MiB or 8MB";
        }
    }

    /** Yes or no. */
    record Truth() implements SettingType<Boolean> {
        @Override
        public Boolean parse(String text) {
            return switch (text) {
                case "true" -> true;
                case "false" -> false;
                default -> throw refused(this);
            };
        }

        @Override
        public String describe() {
            return "true or false";
        }
    }

    /**
     * One of a few words.
     *
     * @param words the values, each with its text
     * @param aliases other texts that are understood, and never written
     */
    record Choice<E>(Map<String, E> words, Map<String, E> aliases) implements SettingType<E> {
        @Override
        public E parse(String text) {
            E value = words.get(text);
            if (value == null) {
                value = aliases.get(text);
            }
            if (value == null) {
                throw refused(this);
            }
            return value;
        }

        @Override
        public String format(E value) {
            for (Map.Entry<String, E> word : words.entrySet()) {
                if (word.getValue().equals(value)) {
                    return word.getKey();
                }
            }
            throw new IllegalArgumentException("no word for " + value);
        }

        @Override
        public String describe() {
            return "one of "
                    + String.join(
                            ", ", words.keySet().stream().map(Choice::quoted).toList());
        }

        private static String quoted(String word) {
            return word.isEmpty() ? "\"\"" : word;
        }
    }

    /**
     * Words.
     *
     * @param form what the whole text must match
     * @param wanted what that means, to follow "must be"
     */
    record Text(Pattern form, String wanted) implements SettingType<String> {
        @Override
        public String parse(String text) {
            if (!form.matcher(text).matches()) {
                throw refused(this);
            }
            return text;
        }

        @Override
        public String describe() {
            return wanted;
        }
    }

    /** Words between commas; none where the text is blank. */
    record TextList() implements SettingType<List<String>> {
        @Override
        public List<String> parse(String text) {
            List<String> words = new ArrayList<>();
            for (String word : text.split(",")) {
                if (!word.isBlank()) {
                    words.add(word.strip());
                }
            }
            return List.copyOf(words);
        }

        @Override
        public String format(List<String> value) {
            return String.join(", ", value);
        }

        @Override
        public String describe() {
            return "a list with commas between its items";
        }
    }

    /** Addresses and networks between commas, such as {@code 127.0.0.1, 10.0.0.0/8}. */
    record Networks() implements SettingType<List<Network>> {
        @Override
        public List<Network> parse(String text) {
            List<Network> networks = new ArrayList<>();
            for (String word : new TextList().parse(text)) {
                try {
                    networks.add(Network.parse(word));
                } catch (IllegalArgumentException unusable) {
                    throw refused(this);
                }
            }
            return List.copyOf(networks);
        }

        @Override
        public String format(List<Network> value) {
            return String.join(", ", value.stream().map(Network::toString).toList());
        }

        @Override
        public String describe() {
            return "a list of addresses and networks such as 10.0.0.0/8, with commas between its items";
        }
    }

    /** A file or directory; relative ones from where the process was started. The empty path stands for none. */
    record FilePath() implements SettingType<Path> {
        @Override
        public Path parse(String text) {
            try {
                return Path.of(text);
            } catch (InvalidPathException unusable) {
                throw refused(this);
            }
        }

        @Override
        public String describe() {
            return "a path";
        }
    }
}
