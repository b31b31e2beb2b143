package archipel.document;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.memory.Allowance;
import archipel.memory.JsonWeight;
import archipel.memory.MemoryBudget;
import archipel.memory.MemoryLimitException;
import archipel.memory.Reservation;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Short texts that make much of little are refused before it is made. */
final class JsonMemoryTest {
    private static final int MIB = 1 << 20;

    @ParameterizedTest
    @ValueSource(
            strings = {"{}", "[]", "\"\"", "0", "{\"a\":1}", "{\"a\":{}}", "[[]]", "\"é\"", "{\"name\":\"x\",\"n\":1.5}"
            })
    void of_manyOfTheSame_isNoLessThanTheirTreeTakes(String element) {
        byte[] text = list(element, 100_000);
        long taken = Long.MAX_VALUE;
        // Code that is not compiled yet allocates what compiled code does not: only the least says what the tree takes.
        for (int i = 0; i < 20; i++) {
            long before = allocatedBytes();
            JsonNode tree = JsonTree.ofValid(text);
            taken = Math.min(taken, allocatedBytes() - before);
            assertEquals(100_000, tree.size());
        }

        long weight = JsonWeight.of(text);

        // Lists that grow and texts of numbers are half of what is allocated at the most, and nothing of what stays.
        assertTrue(weight > taken / 2, weight + " for a tree that took " + taken + " bytes");
    }

    @Test
    void parseBulk_twoMebibytesOfEmptyDocuments_endsWhereMemoryDoes() {
        byte[] docs = ("{\"docs\":" + new String(list("{}", 700_000), StandardCharsets.UTF_8) + "}")
                .getBytes(StandardCharsets.UTF_8);
        DocumentParser parser = new DocumentParser(JsonLimits.DEFAULT);

        assertThrows(MemoryLimitException.class, () -> with(64, () -> parser.parseBulk(docs, 0, docs.length)));
        with(
                1024,
                () -> assertEquals(
                        700_000,
                        parser.parseBulk(docs, 0, docs.length).documents().size()));
    }

    @Test
    void parse_objectOfManyMembers_endsBeforeItsArraysGrow() {
        byte[] text = ("{" + "\"\":0,".repeat(2_000_000) + "\"a\":0}").getBytes(StandardCharsets.UTF_8);
        DocumentParser parser = new DocumentParser(new JsonLimits(500, 1 << 30));

        assertThrows(MemoryLimitException.class, () -> with(64, () -> parser.parse(text, 0, text.length)));
    }

    @Test
    void parse_manyEscapedKeys_endsBeforeTheyAreKept() {
        StringBuilder text = new StringBuilder("{");
        for (int i = 0; i < 300_000; i++) {
            text.append("\"\\u0061").append(i).append("\":0,");
        }
        byte[] json = text.append("\"z\":0}").toString().getBytes(StandardCharsets.UTF_8);
        DocumentParser parser = new DocumentParser(new JsonLimits(500, 1 << 30));

        assertThrows(MemoryLimitException.class, () -> with(32, () -> parser.parse(json, 0, json.length)));
    }

    @Test
    void ofValid_storedDocumentOfManyObjects_endsBeforeItsTreeIsBuilt() {
        byte[] stored = list("{}", 1_000_000);

        assertThrows(MemoryLimitException.class, () -> with(64, () -> JsonTree.ofValid(stored)));
    }

    @Test
    void raw_answerThatGrows_endsWhereMemoryDoes() {
        byte[] piece = new byte[MIB];

        assertThrows(
                MemoryLimitException.class,
                () -> with(64, () -> {
                    JsonBuffer answer = new JsonBuffer();
                    for (int i = 0; i < 64; i++) {
                        answer.raw(piece);
                    }
                }));
    }

    private static byte[] list(String element, int count) {
        return ('[' + (element + ',').repeat(count - 1) + element + ']').getBytes(StandardCharsets.UTF_8);
    }

    private static long allocatedBytes() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    private static void with(long mebibytes, Runnable work) {
        MemoryBudget budget = new MemoryBudget(new MemoryBudget.Limits() {
            @Override
            public long totalBytes() {
                return mebibytes * MIB;
            }

            @Override
            public int waitMs() {
                return 0;
            }
        });
        try (Reservation memory = budget.admit(false)) {
            ScopedValue.where(Allowance.CURRENT, memory).run(work);
        }
    }
}
