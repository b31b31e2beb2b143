package archipel.merge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import archipel.document.CanonicalJson;
import archipel.document.Revision;
import archipel.testkit.Seeded;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Laws that every merge keeps, on random texts, objects and histories. */
class MergeFuzz {
    @Test
    void merge_texts_isSymmetricAndKeepsWhatOneSideDid() {
        Seeded.check(20_000, random -> {
            String base = text(random);
            String left = mutated(base, random);
            String right = mutated(base, random);
            assertEquals(TextMerge.merge(base, left, right), TextMerge.merge(base, right, left));
            assertEquals(left, TextMerge.merge(base, left, left));
            assertEquals(left, TextMerge.merge(base, left, base));
            String merged = TextMerge.merge(base, left, right);
            if (merged != null) {
                // What is merged contains both sides: merging one of them once more adds nothing.
                assertEquals(merged, TextMerge.merge(left, merged, left));
            }
        });
    }

    @Test
    void hunks_ofTwoLists_makeOneOfTheOther() {
        Seeded.check(20_000, random -> {
            List<String> from = tokens(random);
            List<String> to = random.nextBoolean() ? tokens(random) : new ArrayList<>(from);
            for (int i = random.nextInt(4); i > 0 && !to.isEmpty(); i--) {
                to.remove(random.nextInt(to.size()));
            }
            List<String> made = new ArrayList<>();
            int at = 0;
            for (TokenDiff.Hunk hunk : TokenDiff.hunks(from, to)) {
                made.addAll(from.subList(at, hunk.from()));
                made.addAll(to.subList(hunk.otherFrom(), hunk.otherTo()));
                at = hunk.to();
            }
            made.addAll(from.subList(at, from.size()));
            assertEquals(to, made);
        });
    }

    @Test
    void merge_objects_isSymmetricAndCanonical() {
        Seeded.check(20_000, random -> {
            byte[] base = object(random, 2);
            byte[] left = object(random, 2);
            byte[] right = random.nextInt(3) == 0 ? left : object(random, 2);
            FieldMerge merge = new FieldMerge(Set.of("a", "o.b"));
            byte[] merged = merge.merge(base, left, right);
            assertArrayEquals(merged, merge.merge(base, right, left));
            assertArrayEquals(left, merge.merge(base, left, left));
            assertArrayEquals(left, merge.merge(base, left, base));
            if (merged != null) {
                assertArrayEquals(CanonicalJson.canonicalize(merged, 0, merged.length), merged);
            }
        });
    }

    /** The same leaves in another order of arrival, and after merging once, give the same. */
    @Test
    void plan_leavesInAnyOrder_isTheSame() {
        Seeded.check(5_000, random -> {
            Replica one = new Replica("00000000000000a1");
            Revision root = one.edit(null, "{\"a\":0,\"b\":0,\"c\":0}");
            List<Revision> leaves = new ArrayList<>();
            for (int i = random.nextInt(2, 6); i > 0; i--) {
                String json = new String(object(random, 1), UTF_8);
                Revision parent =
                        leaves.isEmpty() || random.nextBoolean() ? root : leaves.get(random.nextInt(leaves.size()));
                leaves.add(one.edit(parent, json));
            }
            Replica other = new Replica("00000000000000a2");
            other.receive(one, root, true);
            while (!leaves.isEmpty()) {
                other.receive(one, leaves.remove(random.nextInt(leaves.size())), true);
            }
            MergePolicy policy = random.nextInt(4) == 0 ? MergePolicy.NEWEST : MergePolicy.FIELDS;
            MergePlan plan = MergePlanner.plan(one.tree(), one, policy, MergePlanner.Bounds.NONE);
            MergePlan same = MergePlanner.plan(other.tree(), other, policy, MergePlanner.Bounds.NONE);
            if (plan == null) {
                assertEquals(null, same);
                return;
            }
            assertNotNull(same);
            assertEquals(plan.leaves(), same.leaves());
            assertEquals(plan.losers(), same.losers());
            assertEquals(plan.revision(), same.revision());
            assertEquals(
                    plan.tombstones().stream().map(Tombstone::revision).toList(),
                    same.tombstones().stream().map(Tombstone::revision).toList());
            if (plan.result() != null) {
                assertArrayEquals(plan.result().json(), same.result().json());
            }
            one.apply(plan);
            assertEquals(plan.leaves().size() - plan.losers().size(), one.live().size());
        });
    }

    private static List<String> tokens(SplittableRandom random) {
        List<String> tokens = new ArrayList<>();
        for (int i = random.nextInt(12); i > 0; i--) {
            tokens.add("t" + random.nextInt(5));
        }
        return tokens;
    }

    private static String text(SplittableRandom random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(30); i > 0; i--) {
            text.append((char) ('a' + random.nextInt(4))).append(separator(random));
        }
        return text.toString();
    }

    private static String separator(SplittableRandom random) {
        return List.of(" ", " ", " ", "\n", "\n\n", ", ", "\t", "\uD83D\uDE00").get(random.nextInt(8));
    }

    private static String mutated(String base, SplittableRandom random) {
        StringBuilder text = new StringBuilder(base);
        for (int i = random.nextInt(4); i > 0; i--) {
            int at = random.nextInt(text.length() + 1);
            switch (random.nextInt(3)) {
                case 0 -> text.insert(at, "x" + separator(random));
                case 1 -> text.delete(at, Math.min(text.length(), at + random.nextInt(4)));
                default -> text.replace(at, Math.min(text.length(), at + 1), "y");
            }
        }
        return text.toString();
    }

    private static byte[] object(SplittableRandom random, int depth) {
        TreeMap<String, String> members = new TreeMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            String value = switch (random.nextInt(depth > 0 ? 5 : 4)) {
                case 0 -> Integer.toString(random.nextInt(3));
                case 1 -> "\"x y " + random.nextInt(2) + " z " + random.nextInt(2) + "\"";
                case 2 -> "[" + random.nextInt(2) + "]";
                case 3 -> "null";
                default -> new String(object(random, depth - 1), UTF_8);
            };
            members.put(List.of("a", "b", "o", "c").get(random.nextInt(4)), value);
        }
        StringBuilder json = new StringBuilder("{");
        members.forEach((name, value) -> json.append(json.length() > 1 ? "," : "")
                .append('"')
                .append(name)
                .append("\":")
                .append(value));
        byte[] bytes = json.append('}').toString().getBytes(UTF_8);
        return CanonicalJson.canonicalize(bytes, 0, bytes.length);
    }
}
