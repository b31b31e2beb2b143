package archipel.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.document.JsonLimits;
import archipel.document.RequestException;
import archipel.mime.PercentCoding;
import archipel.testkit.Seeded;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Paths and queries, against what was encoded and against whatever else a client may send. */
class RequestTextFuzz {
    @Test
    void path_encodedSegments_comeBack() {
        Seeded.check(2000, random -> {
            List<String> segments = new ArrayList<>();
            StringBuilder raw = new StringBuilder("/");
            for (int i = random.nextInt(5); i > 0; i--) {
                String segment = text(random);
                segments.add(segment);
                raw.append(PercentCoding.encode(segment)).append(random.nextBoolean() ? "/" : "//");
            }
            boolean plusIsSpace = random.nextBoolean();
            String path = plusIsSpace ? raw.toString().replace("%20", "+") : raw.toString();
            assertEquals(segments, RequestPath.parse(path, "", plusIsSpace).segments());
        });
    }

    @Test
    void parameters_encodedPairs_comeBack() {
        Seeded.check(2000, random -> {
            List<String> names = new ArrayList<>();
            StringBuilder raw = new StringBuilder();
            List<String> values = new ArrayList<>();
            for (int i = random.nextInt(5); i > 0; i--) {
                names.add(i + text(random));
                values.add(random.nextInt(4) == 0 ? "" : text(random));
                raw.append(random.nextInt(4) == 0 ? "&&" : "&").append(PercentCoding.encode(names.getLast()));
                raw.append('=').append(PercentCoding.encode(values.getLast()).replace("%20", "+"));
            }
            Parameters parameters = Parameters.parse(raw.toString(), JsonLimits.DEFAULT);
            assertEquals(names, parameters.names());
            for (int i = 0; i < names.size(); i++) {
                assertEquals(values.get(i), parameters.get(names.get(i)));
            }
        });
    }

    @Test
    void anyText_isTakenOrRefusedWith400() {
        Seeded.check(5000, random -> {
            StringBuilder raw = new StringBuilder();
            for (int i = random.nextInt(30); i > 0; i--) {
                raw.append("%%a1cF/?&=+\u00E9\uD800{\"[".charAt(random.nextInt(16)));
            }
            String text = raw.toString();
            refusedWith400(
                    () -> RequestPath.parse(text, "", random.nextBoolean()).requireWellFormed());
            refusedWith400(() -> {
                Parameters parameters = Parameters.parse(text, JsonLimits.DEFAULT);
                for (String name : parameters.names()) {
                    refusedWith400(() -> parameters.json(name));
                    refusedWith400(() -> parameters.bool(name, false));
                    refusedWith400(() -> parameters.nonNegative(name, 0));
                }
            });
        });
    }

    private static void refusedWith400(Runnable action) {
        try {
            action.run();
        } catch (RequestException e) {
            assertEquals(400, e.code().status());
        }
    }

    private static String text(SplittableRandom random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(1, 12); i > 0; i--) {
            int point = switch (random.nextInt(4)) {
                case 0 -> random.nextInt(0x80);
                case 1 -> "/+%&=;# ?\"".charAt(random.nextInt(10));
                case 2 -> random.nextInt(0x80, 0xD800);
                default -> random.nextInt(0xE000, 0x110000);
            };
            text.appendCodePoint(point);
        }
        return text.toString();
    }
}
