package archipel.direct;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Methods that are known here, on the values and with the arguments that they are mostly called with. */
enum Method {
    TO_LOWER_CASE("toLowerCase") {
        @Override
        Object of(String text, List<Object> arguments, Frame frame) {
            return requireAscii(text).toLowerCase(Locale.ROOT);
        }
    },
    TO_UPPER_CASE("toUpperCase") {
        @Override
        Object of(String text, List<Object> arguments, Frame frame) {
            return requireAscii(text).toUpperCase(Locale.ROOT);
        }
    },
    INDEX_OF("indexOf") {
        @Override
        Object of(String text, List<Object> arguments, Frame frame) {
            return (double) text.indexOf(requireText(arguments));
        }
    },
    SPLIT("split") {
        @Override
        Object of(String text, List<Object> arguments, Frame frame) {
            String separator = requireText(arguments);
            if (separator.isEmpty()) {
                throw new NotDirectException("a text in characters");
            }
            List<Object> parts = new ArrayList<>();
            int from = 0;
            for (int at = text.indexOf(separator); at >= 0; at = text.indexOf(separator, from)) {
                frame.step(1);
                parts.add(text.substring(from, at));
                from = at + separator.length();
            }
            parts.add(text.substring(from));
            return new ArrayLiteral(parts);
        }
    },
    SLICE("slice") {
        @Override
        Object of(String text, List<Object> arguments, Frame frame) {
            int from = fromEnd(whole(arguments, 0, 0), text.length());
            int to = fromEnd(whole(arguments, 1, text.length()), text.length());
            return from < to ? text.substring(from, to) : "";
        }
    },
    SUBSTRING("substring") {
        @Override
        Object of(String text, List<Object> arguments, Frame frame) {
            int one = Math.clamp(whole(arguments, 0, 0), 0, text.length());
            int other = Math.clamp(whole(arguments, 1, text.length()), 0, text.length());
            return text.substring(Math.min(one, other), Math.max(one, other));
        }
    },
    SUBSTR("substr") {
        @Override
        Object of(String text, List<Object> arguments, Frame frame) {
            int from = fromEnd(whole(arguments, 0, 0), text.length());
            int count = Math.clamp(whole(arguments, 1, text.length()), 0, text.length() - from);
            return text.substring(from, from + count);
        }
    },
    HAS_OWN_PROPERTY("hasOwnProperty") {
        @Override
        Object of(String text, List<Object> arguments, Frame frame) {
            throw new NotDirectException("a property of a text");
        }
    };

    private final String text;

    Method(String text) {
        this.text = text;
    }

    /** As functions write it. */
    String text() {
        return text;
    }

    static @Nullable Method named(String name) {
        for (Method method : values()) {
            if (method.text.equals(name)) {
                return method;
            }
        }
        return null;
    }

    Object call(Object object, List<Object> arguments, Frame frame) {
        if (object instanceof String string) {
            frame.text(string.length());
            return of(string, arguments, frame);
        }
        if (this != HAS_OWN_PROPERTY || arguments.size() != 1 || Operators.has(object, text)) {
            throw new NotDirectException("a method of another value");
        }
        return Operators.has(object, Operators.text(arguments.getFirst()));
    }

    abstract Object of(String text, List<Object> arguments, Frame frame);

    // What is the lower case of others depends on the version of Unicode.
    private static String requireAscii(String text) {
        if (!text.chars().allMatch(c -> c < 128)) {
            throw new NotDirectException("the case of other letters");
        }
        return text;
    }

    private static String requireText(List<Object> arguments) {
        if (arguments.size() == 1 && arguments.getFirst() instanceof String text) {
            return text;
        }
        throw new NotDirectException("other arguments");
    }

    private static int whole(List<Object> arguments, int index, int otherwise) {
        if (index >= arguments.size() || arguments.get(index) == Nothing.UNDEFINED) {
            return otherwise;
        }
        if (arguments.get(index) instanceof Double number) {
            // Rounds towards zero, NaN to zero, and stops at the ends.
            return number.intValue();
        }
        throw new NotDirectException("other arguments");
    }

    private static int fromEnd(int place, int length) {
        return place < 0 ? Math.max(0, length + place) : Math.min(place, length);
    }
}
