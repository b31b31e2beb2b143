package archipel.blocks;

import archipel.command.HorizonPolicy;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.document.WholeNumber;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A horizon's policy as JSON: {@code {"blocks":10000,"age":"1h"}} keeps a block while it is one of the newest or young,
 * {@code {"keep":"all"}} for ever, and {@code {}} as long as the node's settings say.
 */
final class HorizonText {
    private static final Pattern AGE = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");
    private static final long LONGEST_AGE_SECONDS = 100L * 366 * 24 * 3600;

    private HorizonText() {}

    /** Null for the node's own. @throws RequestException 400 */
    static @Nullable HorizonPolicy parse(JsonNode json) {
        ObjectNode object = JsonTree.object(json);
        if (object.isEmpty()) {
            return null;
        }
        JsonNode keep = object.get("keep");
        if (keep != null) {
            if (object.size() > 1 || !keep.isString() || !keep.stringValue().equals("all")) {
                throw malformed();
            }
            return new HorizonPolicy.All();
        }
        JsonNode blocks = object.get("blocks");
        JsonNode age = object.get("age");
        if (object.size() > (blocks == null ? 0 : 1) + (age == null ? 0 : 1)) {
            throw malformed();
        }
        return new HorizonPolicy.Newest(blocks == null ? 1 : blocks(blocks), age == null ? Duration.ZERO : age(age));
    }

    private static long blocks(JsonNode json) {
        Long blocks = WholeNumber.clamped(json);
        if (blocks == null || blocks < 1 || blocks == Long.MAX_VALUE) {
            throw malformed();
        }
        return blocks;
    }

    private static Duration age(JsonNode json) {
        Duration age;
        Long seconds = WholeNumber.clamped(json);
        if (seconds != null) {
            age = Duration.ofSeconds(Math.min(seconds, LONGEST_AGE_SECONDS + 1));
        } else {
            Matcher matcher = AGE.matcher(json.isString() ? json.stringValue() : "");
            if (!matcher.matches()) {
                throw malformed();
            }
            age = duration(Long.parseLong(matcher.group(1)), matcher.group(2));
        }
        if (age.isNegative() || age.toSeconds() > LONGEST_AGE_SECONDS) {
            throw malformed();
        }
        return age;
    }

    private static Duration duration(long number, String unit) {
        return switch (unit) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }

    private static RequestException malformed() {
        return new RequestException(ErrorCode.HORIZON_MALFORMED);
    }

    /** As {@link #parse} reads it, the age in the largest unit that is exact. */
    static void write(JsonBuffer json, HorizonPolicy policy) {
        switch (policy) {
            case HorizonPolicy.All all -> json.ascii("{\"keep\":\"all\"}");
            case HorizonPolicy.Newest newest ->
                json.ascii("{\"blocks\":")
                        .number(newest.blocks())
                        .ascii(",\"age\":\"")
                        .ascii(text(newest.age()))
                        .ascii("\"}");
        }
    }

    private static String text(Duration age) {
        long ms = age.toMillis();
        if (ms % 1000 != 0) {
            return ms + "ms";
        }
        long seconds = ms / 1000;
        if (seconds % 60 != 0 || seconds == 0) {
            return seconds + "s";
        }
        if (seconds % 3600 != 0) {
            return seconds / 60 + "m";
        }
        return seconds % 86_400 == 0 ? seconds / 86_400 + "d" : seconds / 3600 + "h";
    }
}
