package archipel.merge;

import archipel.document.Attachment;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import archipel.document.RevisionTree;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds out how a policy resolves a conflict.
 *
 * <p>By {@code newest} the leaf with the greatest stamp gives the content. By {@code fields} and {@code text} the
 * leaves are merged into the winner one after the other, in descending order. The ancestor of each step is the newest
 * revision that went both into what is merged so far and into the next leaf; what cannot be merged with it stays a
 * leaf, and the others go on. Leaves of the same content need no ancestor. Two first revisions have the empty document
 * as theirs.
 *
 * <p>Nothing but the set of leaves decides, in whichever order they came. Deletions are no part of it: beside a leaf
 * that is not deleted a deletion loses, as in CouchDB.
 */
public final class MergePlanner {
    private static final byte[] EMPTY = {'{', '}'};

    private final RevisionTree tree;
    private final LeafContents contents;
    private final Bounds bounds;
    private final List<Revision> leaves;

    private MergePlanner(RevisionTree tree, LeafContents contents, Bounds bounds) {
        this.tree = tree;
        this.contents = contents;
        this.bounds = bounds;
        this.leaves = tree.leaves().stream()
                .filter(leaf -> !leaf.deleted())
                .map(Leaf::revision)
                .toList();
    }

    /** Null where there is no conflict, or the policy cannot resolve any of it. */
    public static @Nullable MergePlan plan(
            RevisionTree tree, LeafContents contents, MergePolicy policy, Bounds bounds) {
        if (policy instanceof MergePolicy.Keep || tree.leafCount() < 2) {
            return null;
        }
        MergePlanner planner = new MergePlanner(tree, contents, bounds);
        boolean mergeable = planner.leaves.size() > 1
                && planner.leaves.size() <= bounds.leaves()
                && planner.leaves.getFirst().generation() < Revision.GREATEST_GIVEN;
        if (!mergeable) {
            return null;
        }
        return switch (policy) {
            case MergePolicy.Keep _ -> null;
            case MergePolicy.Newest _ -> planner.newest();
            case MergePolicy.Fields _ -> planner.merged(Set.of());
            case MergePolicy.Text text -> planner.merged(Set.copyOf(text.fields()));
        };
    }

    private @Nullable MergePlan newest() {
        Revision newest = leaves.stream()
                .max(Comparator.comparing(contents::stamp).thenComparing(Comparator.naturalOrder()))
                .orElseThrow();
        return choose(newest);
    }

    /** With the content of a leaf that somebody has chosen. */
    public static MergePlan choose(RevisionTree tree, LeafContents contents, Revision chosen) {
        MergePlan plan = new MergePlanner(tree, contents, Bounds.NONE).choose(chosen);
        if (plan == null) {
            throw new IllegalStateException("a leaf without a body");
        }
        return plan;
    }

    private @Nullable MergePlan choose(Revision chosen) {
        List<Revision> losers = leaves.subList(1, leaves.size());
        if (chosen.equals(leaves.getFirst())) {
            return plan(losers, null);
        }
        DocumentBody body = body(chosen);
        DocumentBody winner = body(leaves.getFirst());
        if (body == null || winner == null || size(body) + size(winner) > bounds.bytes()) {
            return null;
        }
        Content content = Content.of(body);
        return plan(losers, content.isSame(Content.of(winner)) ? null : content.following(winner));
    }

    /** Null where it is not here, or larger than all that is merged at once. */
    private @Nullable DocumentBody body(Revision revision) {
        DocumentBody body = contents.body(revision);
        if (body == null || size(body) > bounds.bytes()) {
            return null;
        }
        contents.beforeMerge(body);
        return body;
    }

    private static long size(DocumentBody body) {
        return body.json().length;
    }

    private MergePlan plan(List<Revision> losers, @Nullable DocumentBody result) {
        Stamp stamp = contents.stamp(leaves.getFirst());
        for (Revision loser : losers) {
            Stamp other = contents.stamp(loser);
            stamp = other.compareTo(stamp) > 0 ? other : stamp;
        }
        return new MergePlan(leaves, losers, stamp, result);
    }

    private @Nullable MergePlan merged(Set<String> texts) {
        DocumentBody winner = body(leaves.getFirst());
        if (winner == null) {
            return null;
        }
        FieldMerge fields = new FieldMerge(texts);
        Ancestry ancestry = new Ancestry(tree, contents);
        Set<Revision> ancestors = new HashSet<>(ancestry.of(leaves.getFirst()));
        Content first = Content.of(winner);
        Content merged = first;
        long bytes = size(winner);
        List<Revision> losers = new ArrayList<>();
        for (Revision leaf : leaves.subList(1, leaves.size())) {
            DocumentBody body = body(leaf);
            if (body == null) {
                continue;
            }
            bytes += size(body);
            if (bytes > bounds.bytes()) {
                break;
            }
            Set<Revision> others = ancestry.of(leaf);
            Content both = merged(fields, ancestry, merged, Content.of(body), ancestors, others);
            if (both != null) {
                merged = both;
                ancestors.addAll(others);
                losers.add(leaf);
            }
        }
        if (losers.isEmpty()) {
            return null;
        }
        return plan(List.copyOf(losers), merged.isSame(first) ? null : merged.following(winner));
    }

    private @Nullable Content merged(
            FieldMerge fields,
            Ancestry ancestry,
            Content one,
            Content other,
            Set<Revision> ancestors,
            Set<Revision> others) {
        if (one.isSame(other)) {
            return one;
        }
        Revision common = Ancestry.deepestCommon(ancestors, others);
        Content base;
        if (common != null) {
            DocumentBody body = body(common);
            base = body == null ? null : tree.isDeleted(common) ? Content.NONE : Content.of(body);
        } else {
            base = ancestry.reachesFirst(ancestors) && ancestry.reachesFirst(others) ? Content.NONE : null;
        }
        if (base == null) {
            return null;
        }
        SortedMap<String, Attachment> attachments = attachments(base.attachments, one.attachments, other.attachments);
        byte[] json = attachments == null ? null : fields.merge(base.json, one.json, other.json);
        return attachments == null || json == null ? null : new Content(json, attachments);
    }

    /** As {@link FieldMerge} does with members: by name, each a value. */
    private static @Nullable SortedMap<String, Attachment> attachments(
            Map<String, Attachment> base, Map<String, Attachment> one, Map<String, Attachment> other) {
        SortedMap<String, Attachment> merged = new TreeMap<>(Revision::compareUtf8);
        Set<String> names = new HashSet<>(one.keySet());
        names.addAll(other.keySet());
        for (String name : names) {
            Attachment before = base.get(name);
            Attachment ours = one.get(name);
            Attachment theirs = other.get(name);
            Attachment taken;
            if (isSame(ours, theirs) || isSame(theirs, before)) {
                taken = ours;
            } else if (isSame(ours, before)) {
                taken = theirs;
            } else {
                return null;
            }
            if (taken != null) {
                merged.put(name, taken);
            }
        }
        return merged;
    }

    private static boolean isSame(@Nullable Attachment one, @Nullable Attachment other) {
        return one == null || other == null
                ? one == other
                : one.content().equals(other.content()) && one.contentType().equals(other.contentType());
    }

    /**
     * What a merge may take.
     *
     * @param leaves that are not deleted; a document with more stays as it is
     * @param bytes of the leaves' JSON in one merge; what is left is merged by the next one, and a revision that is
     *     larger by itself by none
     */
    public record Bounds(int leaves, long bytes) {
        public static final Bounds NONE = new Bounds(Integer.MAX_VALUE, Long.MAX_VALUE);
    }

    /**
     * A revision's content in the form in which contents are compared.
     *
     * @param json canonical
     */
    private record Content(byte[] json, SortedMap<String, Attachment> attachments) {
        static final Content NONE = new Content(EMPTY, new TreeMap<>());

        static Content of(DocumentBody body) {
            SortedMap<String, Attachment> attachments = new TreeMap<>(Revision::compareUtf8);
            body.attachments().forEach(attachment -> attachments.put(attachment.name(), attachment));
            byte[] json = body.json();
            return new Content(CanonicalJson.canonicalize(json, 0, json.length), attachments);
        }

        boolean isSame(Content other) {
            return Arrays.equals(json, other.json)
                    && attachments.keySet().equals(other.attachments.keySet())
                    && attachments.values().stream()
                            .allMatch(attachment ->
                                    MergePlanner.isSame(attachment, other.attachments.get(attachment.name())));
        }

        /** As the body of a revision that follows another: attachments which that one does not have come with it. */
        DocumentBody following(DocumentBody parent) {
            Map<String, Attachment> known = of(parent).attachments;
            return new DocumentBody(
                    json,
                    attachments.values().stream()
                            .map(attachment -> {
                                Attachment there = known.get(attachment.name());
                                return there != null && MergePlanner.isSame(attachment, there)
                                        ? there
                                        : attachment.withRevisionPosition(0);
                            })
                            .toList());
        }
    }
}
