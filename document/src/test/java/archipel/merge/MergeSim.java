package archipel.merge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.CanonicalJson;
import archipel.document.JsonTree;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.testkit.Seeded;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * One document on several nodes that edit and delete it, merge it by policies that change and differ, lose the bodies
 * of ancestors, and exchange some of their leaves now and then, with or without stamps. Merges are planned at one time
 * and applied later, where the leaves are still the same, as the commands of a node are. In the end all is exchanged
 * and merged until nothing changes any more. Then all trees are equal, and merging has ended by itself.
 */
class MergeSim {
    private static final List<MergePolicy> POLICIES = List.of(
            MergePolicy.KEEP,
            MergePolicy.NEWEST,
            MergePolicy.FIELDS,
            new MergePolicy.Text(List.of("text")),
            new MergePolicy.Text(List.of("text", "more.text")));

    /** Policies differ and change, and stamps get lost: it ends, all are equal, and merging deletes no document. */
    @Test
    void run_anyPolicies_endsWithEqualTrees() {
        Seeded.check(600, random -> new World(random, null).run());
    }

    /** Under one policy that merges, also each edit is there in the end. */
    @Test
    void run_fieldsEverywhere_losesNoEdit() {
        Seeded.check(300, random -> new World(random, MergePolicy.FIELDS).run());
    }

    @Test
    void run_newestEverywhere_endsWithoutConflicts() {
        Seeded.check(300, random -> new World(random, MergePolicy.NEWEST).run());
    }

    private static final class World {
        private final SplittableRandom random;
        private final @Nullable MergePolicy only;
        private final boolean deletes;
        private final boolean stamps;
        private final List<Member> members = new ArrayList<>();
        private int edits;
        private int deletions;
        private boolean created;
        private final Set<String> marks = new HashSet<>();

        World(SplittableRandom random, @Nullable MergePolicy only) {
            this.random = random;
            this.only = only;
            this.deletes = random.nextBoolean();
            this.stamps = random.nextBoolean();
            int count = random.nextInt(2, 6);
            for (int i = 0; i < count; i++) {
                Member member = new Member(new Replica("00000000000000a" + i));
                member.replica.advance(random.nextInt(100));
                members.add(member);
            }
        }

        void run() {
            int steps = random.nextInt(5, 60);
            for (int i = 0; i < steps; i++) {
                step(members.get(random.nextInt(members.size())));
            }
            int before = revisions();
            int rounds = 0;
            while (round()) {
                assertTrue(++rounds <= 40, "merging goes on and on");
            }
            // Each round leaves fewer leaves, and makes no more than one revision for each node and leaf.
            assertTrue(revisions() - before <= 3 * members.size() * (edits + 2), "too many revisions");
            check();
        }

        private void step(Member member) {
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> edit(member);
                case 3 -> delete(member);
                case 4, 5 -> exchange(member, members.get(random.nextInt(members.size())), false);
                case 6 -> member.plan();
                case 7 -> member.applyPlan();
                case 8 -> member.policy = only == null ? POLICIES.get(random.nextInt(POLICIES.size())) : only;
                default -> forget(member);
            }
            member.replica.advance(random.nextInt(3));
        }

        private void edit(Member member) {
            List<Revision> live = member.replica.live();
            if (live.isEmpty() && created && deletions == 0) {
                // Not another first revision where that is what makes conflicts, but for some.
                if (random.nextInt(4) > 0) {
                    return;
                }
            }
            Revision parent = live.isEmpty()
                    ? member.replica.tree().leaves().stream()
                            .map(Leaf::revision)
                            .findFirst()
                            .orElse(null)
                    : live.get(random.nextInt(Math.min(2, live.size())));
            TreeMap<String, String> values = live.isEmpty() || parent == null ? new TreeMap<>() : member.values(parent);
            created = true;
            String mark = "e" + edits++;
            values.put(mark, "1");
            marks.add(mark);
            if (random.nextInt(3) == 0) {
                values.put("m" + random.nextInt(3), Integer.toString(random.nextInt(4)));
            }
            String text = values.getOrDefault("text", "\"a b c d e f\"");
            int place = 1 + 2 * random.nextInt(6);
            values.put(
                    "text", text.substring(0, place) + (char) ('a' + random.nextInt(26)) + text.substring(place + 1));
            member.replica.edit(parent, json(values));
        }

        private void delete(Member member) {
            List<Revision> live = member.replica.live();
            if (deletes && !live.isEmpty() && random.nextInt(3) == 0) {
                member.replica.delete(live.getFirst());
                deletions++;
            }
        }

        private void forget(Member member) {
            for (Revision revision : new TreeSet<>(member.seen)) {
                if (!member.replica.tree().isLeaf(revision) && random.nextInt(8) == 0) {
                    member.replica.forget(revision);
                }
            }
        }

        private void exchange(Member from, Member to, boolean all) {
            for (Leaf leaf : from.replica.tree().leaves()) {
                if (all || random.nextInt(3) > 0) {
                    to.replica.receive(from.replica, leaf.revision(), stamps && (all || random.nextInt(5) > 0));
                }
            }
        }

        private boolean round() {
            List<String> before = trees();
            for (Member from : members) {
                for (Member to : members) {
                    exchange(from, to, true);
                }
            }
            for (Member member : members) {
                if (random.nextInt(3) > 0 || before.equals(trees())) {
                    member.plan();
                }
            }
            members.forEach(Member::applyPlan);
            return !before.equals(trees());
        }

        private List<String> trees() {
            return members.stream()
                    // Which ancestors a node has seen itself is its own.
                    .map(member -> member.replica.tree().leaves()
                            + member.replica.tree().toString().replaceAll("[*!]", ""))
                    .toList();
        }

        private int revisions() {
            return members.stream()
                    .mapToInt(member -> member.replica.tree().size())
                    .max()
                    .orElse(0);
        }

        private void check() {
            assertEquals(1, new HashSet<>(trees()).size(), "trees differ");
            Replica first = members.getFirst().replica;
            List<Revision> live = first.live();
            for (Member member : members) {
                member.replica.tree().check();
                for (Revision revision : live) {
                    assertArrayEquals(
                            canonical(first, revision), canonical(member.replica, revision), "one name, two contents");
                }
            }
            if (deletions == 0 && edits > 0) {
                assertFalse(live.isEmpty(), "merging deleted the document");
            }
            if (only == MergePolicy.NEWEST) {
                assertTrue(live.size() <= 1, "conflicts are left");
            }
            if (only == MergePolicy.FIELDS && deletions == 0) {
                Set<String> found = new HashSet<>();
                live.forEach(revision ->
                        found.addAll(members.getFirst().values(revision).keySet()));
                assertTrue(found.containsAll(marks), "edits are lost");
            }
        }

        private static byte[] canonical(Replica replica, Revision revision) {
            byte[] json = replica.body(revision).json();
            return CanonicalJson.canonicalize(json, 0, json.length);
        }

        private static String json(TreeMap<String, String> values) {
            StringBuilder json = new StringBuilder("{");
            values.forEach((name, value) -> json.append(json.length() > 1 ? "," : "")
                    .append('"')
                    .append(name)
                    .append("\":")
                    .append(value));
            return json.append('}').toString();
        }

        private final class Member {
            private final Replica replica;
            private final Set<Revision> seen = new HashSet<>();
            private MergePolicy policy;
            private @Nullable MergePlan planned;

            Member(Replica replica) {
                this.replica = replica;
                this.policy = only == null ? POLICIES.get(random.nextInt(POLICIES.size())) : only;
            }

            void plan() {
                replica.tree().leaves().forEach(leaf -> seen.add(leaf.revision()));
                planned = MergePlanner.plan(replica.tree(), replica, policy, new MergePlanner.Bounds(100, 1 << 20));
            }

            void applyPlan() {
                MergePlan plan = planned;
                planned = null;
                if (plan != null && plan.leaves().equals(replica.live())) {
                    replica.apply(plan);
                }
            }

            TreeMap<String, String> values(Revision revision) {
                TreeMap<String, String> values = new TreeMap<>();
                JsonTree.textsOfValid(replica.body(revision).json())
                        .forEach((name, value) -> values.put(name, new String(value, UTF_8)));
                return values;
            }
        }
    }
}
