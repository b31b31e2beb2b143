package archipel.command;

import archipel.changes.Block;
import archipel.changes.FormerHead;
import archipel.document.Attachment;
import archipel.document.ContentHash;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import archipel.document.RevisionPath;
import archipel.document.RevisionTree;
import archipel.history.PruneStep;
import archipel.merge.MergePolicy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Commands and outcomes of every kind, from one source of randomness. */
final class Commands {
    private final SplittableRandom random;

    Commands(SplittableRandom random) {
        this.random = random;
    }

    /** One of each kind. */
    List<Command<?>> all() {
        return List.of(
                new GroupCommand.RaiseFormat(small()),
                new GroupCommand.Duty<>(time(), new DataCommand.RaiseHorizon(small(), time())),
                new GroupCommand.Once<>(
                        random.nextLong(), time(), 1L + small(), 0, new DataCommand.Settle(small(), time())),
                new GroupCommand.ForgetOrigin(random.nextLong()),
                new GroupCommand.Part(random.nextLong(), time(), time(), small(), bytes(small())),
                new GroupCommand.Assembled<>(random.nextLong(), time(), time(), small(), time(), time(), flag()),
                new SystemCommand.ReserveDatabase(small(), 1 + small(), lease()),
                new SystemCommand.NameDatabase(small(), text(), flag(), former()),
                new SystemCommand.DropDatabase(text(), small(), former()),
                new SystemCommand.AbandonDatabase(small(), time()),
                new SystemCommand.RenewDatabase(small(), lease()),
                new SystemCommand.ForgetDatabase(small(), former()),
                new DataCommand.CreateDatabase(small(), text(), time(), small(), small()),
                new DataCommand.EraseDatabase(small()),
                new DataCommand.ForgetErased(small()),
                new SystemCommand.PutFact(text(), flag() ? null : text()),
                new SystemCommand.Extend(bytes(small()), time(), 0),
                new DataCommand.WriteDocuments(
                        small(), time(), list(this::edit), flag(), list(this::staged), random.nextLong(-1, 1L << 40)),
                new DataCommand.CopyDocuments(small(), time(), list(this::copied), list(this::staged)),
                new DataCommand.WriteLocal(small(), text(), flag() ? null : bytes(small())),
                new DataCommand.SetSecurity(small(), bytes(small())),
                new DataCommand.SetLimit(
                        small(), flag() ? DataCommand.Limit.REVISIONS : DataCommand.Limit.PURGED_INFOS, small()),
                new DataCommand.SetMerge(small(), merge()),
                new DataCommand.Purge(small(), time(), list(this::purged)),
                new DataCommand.Rewind(small(), time(), time(), bytes(32), time()),
                new DataCommand.Compact(small()),
                new DataCommand.ForgetFences(small(), text()),
                new DataCommand.SetHorizon(small(), policy()),
                new DataCommand.RaiseHorizon(small(), time()),
                new DataCommand.Prune(
                        small(),
                        list(() -> new PruneStep.Version(text(), time(), time())),
                        list(() -> new PruneStep.OldBody(text(), revision(), time())),
                        time()),
                new DataCommand.Settle(small(), time()),
                new DataCommand.RestartTime(small(), time()),
                new DataCommand.StageChunk(small(), random.nextLong(), small(), bytes(small()), lease()),
                new DataCommand.RenewUpload(small(), random.nextLong(), lease()),
                new DataCommand.DropUpload(small(), random.nextLong(), time()),
                new DataCommand.Fenced<>(
                        List.of(new Fence("a", 1 + time()), new Fence("é" + text(), 1 + time())),
                        new DataCommand.WriteLocal(small(), text(), flag() ? null : bytes(small()))),
                new LockCommand.Acquire(
                        text(),
                        text(),
                        text(),
                        text(),
                        time(),
                        time(),
                        time(),
                        new LockBounds(small(), small(), small())),
                new LockCommand.Renew(text(), time(), text(), flag(), time(), time()),
                new LockCommand.Release(text(), time(), text(), flag(), time()),
                new LockCommand.Withdraw(text(), time(), flag(), time()),
                new LockCommand.Expire(text(), time(), time(), time()),
                new TopicCommand.Create(text(), small(), small(), retention(), flag(), small()),
                new TopicCommand.Drop(text(), small(), time()),
                new TopicCommand.Publish(small(), time(), text(), bytes(small()), retention(), time()),
                new TopicCommand.Trim(small(), retention(), time()),
                new TopicCommand.Close(small(), time(), time()),
                new TopicCommand.Forget(small()));
    }

    /** One of each kind of answer, and a refusal. */
    List<Outcome<?>> outcomes() {
        return List.of(
                new Outcome.Done<>(null),
                new Outcome.Done<>(random.nextLong(1L << 50)),
                new Outcome.Done<>(flag()),
                new Outcome.Done<>(former()),
                new Outcome.Done<>(new TopicPlace(small(), small(), time(), retention())),
                new Outcome.Done<>(new PublishedMessage(time(), flag())),
                new Outcome.Done<>(
                        new LockAnswer(any(LockAnswer.Outcome.values()), time(), text(), time(), time(), time())),
                new Outcome.Done<>(new WriteResult(block(), list(this::result), any(WriteResult.Outcome.values()))),
                new Outcome.Done<>(list(() -> list(this::revision))),
                new Outcome.Done<>(new RewindResult(block(), time(), time(), time(), time())),
                new Outcome.Refused<>(any(ErrorCode.values()), list(this::text)));
    }

    private Retention retention() {
        return new Retention(1 + time(), 1 + time(), 1 + time());
    }

    private EditResult result() {
        return flag()
                ? new EditResult.Accepted(text(), revision())
                : new EditResult.Rejected(text(), any(ErrorCode.values()), list(this::text));
    }

    private Block block() {
        return new Block(
                time(), bytes(32), bytes(32), time(), time(), small(), bytes(32), new Block.Totals(1, 2, 3, small()));
    }

    private Lease lease() {
        return new Lease(text(), time());
    }

    private FormerHead former() {
        return flag() ? FormerHead.NONE : new FormerHead(1 + small(), bytes(32), time());
    }

    private HorizonPolicy policy() {
        return switch (random.nextInt(3)) {
            case 0 -> null;
            case 1 -> new HorizonPolicy.All();
            default -> new HorizonPolicy.Newest(1 + small(), Duration.ofMillis(small()));
        };
    }

    private DataCommand.Edit edit() {
        DocumentEdit edit = switch (random.nextInt(4)) {
            case 0 -> new DocumentEdit.Update(text(), null, flag(), body(), bytes(32));
            case 1 -> new DocumentEdit.Update(text(), revision(), flag(), body(), bytes(32));
            case 2 -> new DocumentEdit.Replicated(text(), path(), flag(), body());
            default -> resolution();
        };
        return new DataCommand.Edit(edit, bytes(32));
    }

    private DocumentEdit resolution() {
        String id = text();
        List<Revision> leaves = Stream.generate(this::revision)
                .limit(1 + random.nextInt(4))
                .distinct()
                .toList();
        List<Revision> losers =
                leaves.subList(1, leaves.size()).stream().filter(leaf -> flag()).toList();
        DocumentEdit.Update result =
                flag() ? null : new DocumentEdit.Update(id, leaves.getFirst(), flag(), body(), bytes(32));
        return new DocumentEdit.Resolution(id, leaves, losers, result, stamp());
    }

    private MergePolicy merge() {
        return any(new MergePolicy[] {
            MergePolicy.KEEP, MergePolicy.NEWEST, MergePolicy.FIELDS, new MergePolicy.Text(List.of("a", "é.\"b"))
        });
    }

    private Stamp stamp() {
        return flag() ? null : new Stamp(time(), flag() ? "" : "%016x".formatted(random.nextLong()));
    }

    private RevisionPath path() {
        int length = 1 + random.nextInt(5);
        return new RevisionPath(
                length + small(), Stream.generate(this::hash).limit(length).toList(), stamp());
    }

    private DataCommand.CopiedDocument copied() {
        RevisionTree tree = RevisionTree.EMPTY;
        for (int i = random.nextInt(4); i >= 0; i--) {
            tree = tree.merge(path(), flag(), 1000).tree();
        }
        return new DataCommand.CopiedDocument(
                text(), tree, list(() -> new DataCommand.CopiedBody(revision(), body(), bytes(32))));
    }

    private DataCommand.PurgedLeaves purged() {
        return new DataCommand.PurgedLeaves(text(), list(this::revision), text());
    }

    private DataCommand.StagedContent staged() {
        return new DataCommand.StagedContent(
                new ContentHash(bytes(32)), random.nextLong(), time(), small(), flag() ? -1 : time());
    }

    private DocumentBody body() {
        return new DocumentBody(bytes(small()), list(this::attachment));
    }

    private Attachment attachment() {
        return new Attachment(
                text(), text(), small(), new ContentHash(bytes(32)), time(), time(), bytes(16), flag() ? null : "gzip");
    }

    private Revision revision() {
        return new Revision(1 + small(), hash());
    }

    private String hash() {
        return flag() ? "%032x".formatted(random.nextLong(Long.MAX_VALUE)) : "h" + text();
    }

    private long time() {
        return flag() ? small() : random.nextLong(1L << 50);
    }

    private int small() {
        return random.nextInt(flag() ? 3 : 300);
    }

    private boolean flag() {
        return random.nextBoolean();
    }

    private <T> T any(T[] values) {
        return values[random.nextInt(values.length)];
    }

    private <T> List<T> list(Supplier<T> entry) {
        return Stream.generate(entry).limit(random.nextInt(4)).toList();
    }

    private String text() {
        String[] pieces = {"", "a", "_design/é", "\0", "€😀", "x".repeat(200)};
        return any(pieces) + any(pieces);
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
