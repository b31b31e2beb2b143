package archipel.merge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import archipel.document.Attachment;
import archipel.document.ContentHash;
import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.document.RevisionTree;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class MergePlannerTest {
    private final Replica replica = new Replica("00000000000000a1");

    private static Attachment attachment(String name, int content, int position) {
        byte[] hash = new byte[32];
        hash[0] = (byte) content;
        return new Attachment(name, "text/plain", position, new ContentHash(hash), 1, 1, new byte[16], null);
    }

    private MergePlan plan(MergePolicy policy) {
        return MergePlanner.plan(replica.tree(), replica, policy, MergePlanner.Bounds.NONE);
    }

    private String merged(MergePolicy policy) {
        MergePlan plan = plan(policy);
        assertNotNull(plan);
        replica.apply(plan);
        assertEquals(0, replica.tree().conflicts().size());
        Revision winner = replica.tree().leaves().getFirst().revision();
        return new String(replica.body(winner).json(), UTF_8);
    }

    @Test
    void plan_fieldsOfTwoEdits_mergesAndClosesTheLoser() {
        Revision root = replica.edit(null, "{\"a\":1,\"b\":1}");
        replica.edit(root, "{\"a\":2,\"b\":1}");
        replica.edit(root, "{\"a\":1,\"b\":2}");
        assertEquals("{\"a\":2,\"b\":2}", merged(MergePolicy.FIELDS));
        assertNull(plan(MergePolicy.FIELDS));
    }

    @Test
    void plan_keep_isNone() {
        Revision root = replica.edit(null, "{}");
        replica.edit(root, "{\"a\":2}");
        replica.edit(root, "{\"b\":2}");
        assertNull(plan(MergePolicy.KEEP));
    }

    @Test
    void plan_winnerHasItAll_makesNoRevision() {
        Revision root = replica.edit(null, "{}");
        Revision more = replica.edit(replica.edit(root, "{\"a\":2}"), "{\"a\":2,\"b\":1}");
        Revision less = replica.edit(root, "{\"b\":1}");
        MergePlan plan = plan(MergePolicy.FIELDS);
        assertEquals(new MergePlan(List.of(more, less), List.of(less), replica.stamp(less), null), plan);
        assertEquals(more, plan.revision());
    }

    @Test
    void plan_sameMemberChanged_isNone() {
        Revision root = replica.edit(null, "{\"a\":1}");
        replica.edit(root, "{\"a\":2}");
        replica.edit(root, "{\"a\":3}");
        assertNull(plan(MergePolicy.FIELDS));
    }

    @Test
    void plan_ancestorsBodyGone_isNoneUnlessContentsAreTheSame() {
        Revision root = replica.edit(null, "{\"a\":1,\"b\":1}");
        Revision one = replica.edit(root, "{\"a\":2,\"b\":1}");
        replica.edit(root, "{\"a\":1,\"b\":2}");
        replica.forget(root);
        assertNull(plan(MergePolicy.FIELDS));
        replica.edit(one, "{\"b\":2, \"a\":1}");
        assertEquals("{\"b\":2, \"a\":1}", merged(MergePolicy.FIELDS));
    }

    @Test
    void plan_twoFirstRevisions_haveTheEmptyDocumentAsAncestor() {
        replica.edit(null, "{\"a\":1,\"c\":0}");
        replica.edit(null, "{\"b\":1,\"c\":0}");
        assertEquals("{\"a\":1,\"b\":1,\"c\":0}", merged(MergePolicy.FIELDS));
    }

    @Test
    void plan_rootsThatStemmingLeft_haveNoAncestor() {
        replica.stem(replica.edit(replica.edit(null, "{\"a\":1}"), "{\"a\":2}"));
        replica.edit(null, "{\"b\":1}");
        assertEquals(2, replica.live().size());
        assertNull(plan(MergePolicy.FIELDS));
    }

    @Test
    void plan_moreThanMayBeMergedAtOnce_isNoneByAnyPolicy() {
        Revision root = replica.edit(null, "{\"a\":1}");
        replica.edit(root, "{\"a\":1,\"b\":\"larger\"}");
        replica.edit(root, "{\"a\":1,\"c\":\"larger\"}");
        for (MergePolicy policy : List.of(MergePolicy.NEWEST, MergePolicy.FIELDS)) {
            assertNotNull(MergePlanner.plan(replica.tree(), replica, policy, new MergePlanner.Bounds(100, 100)));
            // Not even memory is taken for them.
            assertNull(
                    MergePlanner.plan(replica.tree(), new Unmerged(replica), policy, new MergePlanner.Bounds(100, 10)));
        }
    }

    private record Unmerged(LeafContents contents) implements LeafContents {
        @Override
        public @Nullable DocumentBody body(Revision revision) {
            return contents.body(revision);
        }

        @Override
        public void beforeMerge(DocumentBody body) {
            throw new AssertionError("takes memory");
        }

        @Override
        public Revision.Stamp stamp(Revision leaf) {
            return contents.stamp(leaf);
        }
    }

    @Test
    void plan_deletionAgainstEdit_isNone() {
        Revision root = replica.edit(null, "{\"a\":1}");
        replica.edit(root, "{\"a\":2}");
        replica.delete(root);
        assertNull(plan(MergePolicy.FIELDS));
        assertNull(plan(MergePolicy.NEWEST));
    }

    @Test
    void plan_oneOfThreeCannotBeMerged_staysALeaf() {
        Revision root = replica.edit(null, "{\"a\":1,\"b\":1}");
        replica.edit(root, "{\"a\":2,\"b\":1}");
        replica.edit(root, "{\"a\":3,\"b\":1}");
        replica.edit(root, "{\"a\":1,\"b\":2}");
        MergePlan plan = plan(MergePolicy.FIELDS);
        assertNotNull(plan);
        replica.apply(plan);
        assertEquals(1, replica.tree().conflicts().size());
        assertNull(plan(MergePolicy.FIELDS));
    }

    @Test
    void plan_editOfAMergedBranch_hasTheMergedLeafAsAncestor() {
        Revision root = replica.edit(null, "{\"a\":1,\"b\":1}");
        replica.edit(root, "{\"a\":2,\"b\":1}");
        replica.edit(root, "{\"a\":1,\"b\":2}");
        MergePlan plan = plan(MergePolicy.FIELDS);
        // The node where the loser was written has not seen the merge, and goes on.
        Revision loser = plan.losers().getFirst();
        boolean keptA = new String(replica.body(loser).json(), UTF_8).contains("\"b\":1");
        replica.edit(loser, keptA ? "{\"a\":5,\"b\":1}" : "{\"a\":1,\"b\":5}");
        replica.apply(plan);
        assertEquals(keptA ? "{\"a\":5,\"b\":2}" : "{\"a\":2,\"b\":5}", merged(MergePolicy.FIELDS));
    }

    @Test
    void plan_newest_takesTheNewestContentOnTheWinnersBranch() {
        Revision root = replica.edit(null, "{}");
        Revision longer = replica.edit(replica.edit(root, "{\"a\":1}"), "{\"a\":2}");
        Revision newest = replica.edit(root, "{\"a\":3}");
        MergePlan plan = plan(MergePolicy.NEWEST);
        assertEquals(longer, plan.winner());
        assertEquals(List.of(newest), plan.losers());
        assertEquals("{\"a\":3}", merged(MergePolicy.NEWEST));
    }

    @Test
    void plan_attachments_mergeByName() {
        Revision root = replica.edit(null, "{}", attachment("both", 1, 1), attachment("gone", 1, 1));
        replica.edit(root, "{}", attachment("both", 2, 2), attachment("gone", 1, 1));
        replica.edit(root, "{}", attachment("both", 1, 1), attachment("new", 3, 2));
        MergePlan plan = plan(MergePolicy.FIELDS);
        assertNotNull(plan);
        List<Attachment> merged = plan.result().attachments();
        assertEquals(
                List.of("both", "new"), merged.stream().map(Attachment::name).toList());
        assertEquals(2, merged.getFirst().content().bytes()[0]);
        // What the winner does not have is new in the merge, so that replicators fetch it.
        Attachment fromLoser = merged.stream()
                .filter(attachment -> !replica.body(plan.winner()).attachments().contains(attachment))
                .findFirst()
                .orElseThrow();
        assertEquals(0, fromLoser.revisionPosition());
    }

    @Test
    void plan_attachmentChangedByBoth_isNone() {
        Revision root = replica.edit(null, "{}", attachment("a", 1, 1));
        replica.edit(root, "{}", attachment("a", 2, 2));
        replica.edit(root, "{}", attachment("a", 3, 2));
        assertNull(plan(MergePolicy.FIELDS));
    }

    @Test
    void plan_bounds_areKept() {
        Revision root = replica.edit(null, "{}");
        for (int i = 0; i < 4; i++) {
            replica.edit(root, "{\"m" + i + "\":1}");
        }
        RevisionTree tree = replica.tree();
        assertNull(MergePlanner.plan(tree, replica, MergePolicy.FIELDS, new MergePlanner.Bounds(3, 1000)));
        MergePlan part = MergePlanner.plan(tree, replica, MergePolicy.FIELDS, new MergePlanner.Bounds(4, 20));
        assertNotNull(part);
        assertEquals(1, part.losers().size());
    }

    @Test
    void successor_ofOtherDeletions_isNone() {
        assertNull(Tombstone.successor("{}".getBytes(UTF_8)));
        assertNull(Tombstone.successor("{\"merged_into\":7}".getBytes(UTF_8)));
        assertNull(Tombstone.successor("{\"merged_into\":\"x\"}".getBytes(UTF_8)));
        Revision next = new Revision(3, "abc");
        Tombstone tombstone = Tombstone.of(new Revision(2, "b"), next);
        assertEquals(next, Tombstone.successor(tombstone.json()));
    }

    @Test
    void of_policies_areReadAsTheyAreWritten() {
        for (MergePolicy policy : List.of(
                MergePolicy.KEEP,
                MergePolicy.NEWEST,
                MergePolicy.FIELDS,
                new MergePolicy.Text(List.of("b", "a", "b", "c\\.d.\"e")))) {
            assertEquals(policy, MergePolicy.ofStored(new String(policy.json(), UTF_8)));
        }
    }
}
