package archipel.view;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What all functions of a group made of a batch of documents: the driver's lines, by document, then by function. A line
 * is a row ({@code key TAB value}), the end of one function on one document (empty), the same after an error
 * ({@code \u0001 text}) or where its rows had no room ({@code \u0003}), or what was logged ({@code \u0002
 * text}). JSON text holds none of these characters.
 */
final class MapAnswer {
    private static final byte FAILED = 1;
    private static final byte LOGGED = 2;
    private static final byte FULL = 3;
    /** Escapes of halves of characters, which have no UTF-8. */
    private static final Pattern LONE_SURROGATE = Pattern.compile("(?<!\\\\)((?:\\\\\\\\)*)\\\\ud[89a-f][0-9a-f]{2}");

    private final byte[] lines;
    private final int functions;
    private final List<List<Emission>> emissions;
    private final List<String> logged = new ArrayList<>();
    private final List<Integer> full = new ArrayList<>();
    private int document;
    private int function;
    private long errors;
    private @Nullable String lastError;

    private MapAnswer(String answer, int documents, int functions) {
        this.lines = wellFormed(answer).getBytes(StandardCharsets.UTF_8);
        this.functions = functions;
        this.emissions = new ArrayList<>(documents);
        read();
        if (document > documents || function != 0) {
            throw broken();
        }
    }

    /** @throws ScriptException BROKEN where it is no answer for the first of that many documents */
    static MapAnswer of(String answer, int documents, int functions) {
        return new MapAnswer(answer, documents, functions);
    }

    /** JSON of functions, in which halves of characters become U+FFFD, since no UTF-8 can carry them. */
    static String wellFormed(String json) {
        return json.contains("\\ud") ? LONE_SURROGATE.matcher(json).replaceAll("$1\ufffd") : json;
    }

    /** Which functions' rows had no room, of any document. */
    List<Integer> full() {
        return full;
    }

    /** By document; fewer than were given where there was no room for more. */
    List<List<Emission>> emissions() {
        return emissions;
    }

    /** How often a function failed on a document. */
    long errors() {
        return errors;
    }

    /** JSON; null where there is none. */
    @Nullable
    String lastError() {
        return lastError;
    }

    /** JSON strings. */
    List<String> logged() {
        return logged;
    }

    private void read() {
        List<Emission> rows = new ArrayList<>();
        int p = 0;
        while (p < lines.length) {
            byte first = lines[p];
            int end = first == '\n' ? p : find(p + 1, (byte) '\n');
            if (first == LOGGED) {
                logged.add(text(p + 1, end));
            } else if (first == '\n' || first == FAILED || first == FULL) {
                if (first == FAILED) {
                    errors++;
                    lastError = text(p + 1, end);
                } else if (first == FULL) {
                    full.add(function);
                }
                if (++function == functions) {
                    emissions.add(rows.isEmpty() ? List.of() : rows);
                    rows = new ArrayList<>();
                    function = 0;
                    document++;
                }
            } else {
                int tab = find(p, (byte) '\t');
                rows.add(new Emission(
                        function, Arrays.copyOfRange(lines, p, tab), Arrays.copyOfRange(lines, tab + 1, end)));
            }
            p = end + 1;
        }
    }

    private String text(int from, int to) {
        return new String(lines, from, to - from, StandardCharsets.UTF_8);
    }

    private int find(int from, byte wanted) {
        for (int i = from; i < lines.length; i++) {
            if (lines[i] == wanted) {
                return i;
            }
        }
        throw broken();
    }

    private static ScriptException broken() {
        return new ScriptException(ScriptException.Kind.BROKEN, "unexpected answer from the sandbox");
    }
}
