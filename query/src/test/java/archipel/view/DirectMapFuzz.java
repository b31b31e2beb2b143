package archipel.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.direct.DirectMap;
import archipel.testkit.Seeded;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Whatever function is evaluated without the engine emits for any document what it emits in the engine. */
class DirectMapFuzz {
    private static final int FUNCTIONS = 150;
    private static final int DOCUMENTS = 12;
    private static final Scripts SCRIPTS = new Scripts(ScriptLimits.DEFAULT);

    @AfterAll
    static void close() {
        SCRIPTS.close();
    }

    @Test
    void map_anyFunction_emitsWhatTheEngineEmits() {
        AtomicInteger direct = new AtomicInteger();
        AtomicInteger emitting = new AtomicInteger();
        AtomicInteger throwing = new AtomicInteger();
        AtomicInteger left = new AtomicInteger();
        Seeded.check(FUNCTIONS, random -> {
            String source = new FunctionGenerator(random).function();
            if (DirectMap.of(source) == null) {
                return;
            }
            direct.incrementAndGet();
            List<byte[]> documents = documents(random);
            try (Mapper engine = inEngine(source);
                    Mapper mapper = DirectMapper.of(
                            List.of(source),
                            new Mapper.Failures(Map.of()),
                            engine.mostRoom(),
                            () -> counted(inEngine(source), left))) {
                for (byte[] document : documents) {
                    String expected = rows(engine, document);
                    if (!engine.ended().isEmpty()) {
                        // It never ends.
                        return;
                    }
                    assertEquals(expected, rows(mapper, document), () -> source + "\n" + text(document));
                    emitting.addAndGet(expected.isEmpty() ? 0 : 1);
                }
                assertEquals(engine.errors(), mapper.errors(), source);
                throwing.addAndGet(engine.errors() > 0 ? 1 : 0);
                assertEquals(engine.lastError() == null, mapper.lastError() == null, source);
            }
        });
        int mapped = direct.get() * DOCUMENTS;
        // With one seed there is nothing to compare.
        if (direct.get() > 1) {
            assertTrue(direct.get() > FUNCTIONS / 2, direct + " functions need no engine");
            assertTrue(left.get() < mapped * 3 / 4, left + " documents of " + mapped + " did");
            assertTrue(emitting.get() > mapped / 5, emitting + " documents have rows");
            assertTrue(throwing.get() > FUNCTIONS / 20, throwing + " threw");
        }
    }

    private static Mapper inEngine(String source) {
        FunctionGroup group = new FunctionGroup(
                new FunctionGroup.Owner("db", "_design/d", "the maps"), List.of(source), null, FunctionGroup.Kind.MAP);
        return new ScriptMapper(SCRIPTS.pool(), group, new Mapper.Failures(Map.of()));
    }

    private static Mapper counted(Mapper engine, AtomicInteger documents) {
        return new Mapper() {
            @Override
            public List<List<Emission>> map(List<byte[]> batch) {
                documents.addAndGet(batch.size());
                return engine.map(batch);
            }

            @Override
            public long errors() {
                return engine.errors();
            }

            @Override
            public @Nullable String lastError() {
                return engine.lastError();
            }

            @Override
            public void close() {
                engine.close();
            }
        };
    }

    private static String rows(Mapper mapper, byte[] document) {
        StringBuilder rows = new StringBuilder();
        for (Emission emission : mapper.map(List.of(document)).getFirst()) {
            rows.append(text(emission.key()))
                    .append('=')
                    .append(text(emission.value()))
                    .append('\n');
        }
        return rows.toString();
    }

    private static String text(byte[] json) {
        return new String(json, StandardCharsets.UTF_8);
    }

    private static List<byte[]> documents(SplittableRandom random) {
        List<byte[]> documents = new ArrayList<>();
        for (int i = 0; i < DOCUMENTS; i++) {
            StringBuilder json = new StringBuilder("{\"_id\":\"" + i + "\",\"_rev\":\"1-a\"");
            for (String name : FunctionGenerator.MEMBERS) {
                if (random.nextInt(4) > 0) {
                    json.append(",\"").append(name).append("\":");
                    json.append(random.nextInt(4) == 0 ? value(random, 3) : usual(name, random));
                }
            }
            documents.add(json.append('}').toString().getBytes(StandardCharsets.UTF_8));
        }
        return documents;
    }

    private static final String[] SCALARS = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1",
        "2",
        "-7",
        "1.50",
        "0.1",
        "1e3",
        "1e21",
        "1E-7",
        "123456789012345678901",
        "9007199254740993",
        "5e-324",
        "1.7976931348623157e308",
        "1e400",
        "0.000001",
        "1e-323",
        "15e-324",
        "12e-8",
        "\"\"",
        "\"a\"",
        "\"b\"",
        "\"post\"",
        "\"A b C\"",
        "\"2026-11-29T10:00\"",
        "\"é😀\"",
        "\"\\u0001\\u001f\\u007f\\\\\\\"/\"",
        "\"\\u2028\"",
        "\"10\"",
        "\"\\n\\t\""
    };

    /** What a member of that name mostly is. */
    private static String usual(String name, SplittableRandom random) {
        return switch (name) {
            case "n", "length" -> SCALARS[3 + random.nextInt(4)];
            case "tags", "keys" -> "[\"b\",\"a\",\"c d\"]";
            case "b", "c" -> "{\"a\":1,\"b\":{\"c\":2},\"x y\":\"z\"}";
            default -> random.nextBoolean() ? "\"post\"" : "\"2026-11-29 b\"";
        };
    }

    private static String value(SplittableRandom random, int depth) {
        int kind = random.nextInt(depth == 0 ? 6 : 10);
        if (kind < 6) {
            return SCALARS[random.nextInt(SCALARS.length)];
        }
        StringBuilder json = new StringBuilder();
        int size = random.nextInt(4);
        if (kind < 8) {
            for (int i = 0; i < size; i++) {
                json.append(i == 0 ? "" : ",").append(value(random, depth - 1));
            }
            return "[" + json + "]";
        }
        String[] names = {"a", "b", "10", "2", "01", "length", "x y", "4294967295", "toString", "é", "c", "a"};
        for (int i = 0; i < size; i++) {
            json.append(i == 0 ? "\"" : ",\"")
                    .append(names[random.nextInt(names.length)])
                    .append("\": ")
                    .append(value(random, depth - 1));
        }
        return "{" + json + "}";
    }
}
