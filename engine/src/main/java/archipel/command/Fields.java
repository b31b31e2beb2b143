package archipel.command;

import archipel.document.Attachment;
import archipel.document.ContentHash;
import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import archipel.document.RevisionPath;
import archipel.document.RevisionTree;
import archipel.history.BodyRow;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.StampCodec;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The fields that commands and answers are made of, each as it is written and as it is read. What cannot have been
 * written is an {@link IllegalArgumentException}, or what {@link RowReader} throws.
 */
final class Fields {
    private static final int UPDATE = 0;
    private static final int UPDATE_OF_PARENT = 1;
    private static final int REPLICATED = 2;
    private static final int RESOLUTION = 3;
    private static final int REPLICATED_STAMPED = 4;

    private Fields() {}

    /** A number from 0 that fits an {@code int}. */
    static int number(RowReader in) {
        long value = in.varint();
        if (value < 0 || value > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a number of " + value);
        }
        return (int) value;
    }

    static boolean flag(RowReader in) {
        int value = in.u8();
        if (value > 1) {
            throw new IllegalArgumentException("a flag of " + value);
        }
        return value == 1;
    }

    static <T> void list(RowWriter out, List<T> values, BiConsumer<RowWriter, T> writer) {
        out.varint(values.size());
        values.forEach(value -> writer.accept(out, value));
    }

    /** Entries take a byte at least, which bounds what is allocated before they are read. */
    static <T> List<T> list(RowReader in, Function<RowReader, T> reader) {
        int count = in.count();
        List<T> values = new ArrayList<>(Math.min(count, 1024));
        for (int i = 0; i < count; i++) {
            values.add(reader.apply(in));
        }
        return List.copyOf(values);
    }

    static void optionalText(RowWriter out, @Nullable String value) {
        out.u8(value == null ? 0 : 1);
        if (value != null) {
            out.text(value);
        }
    }

    static @Nullable String optionalText(RowReader in) {
        return flag(in) ? in.text() : null;
    }

    static void optionalBlock(RowWriter out, byte @Nullable [] value) {
        out.u8(value == null ? 0 : 1);
        if (value != null) {
            out.block(value);
        }
    }

    static byte @Nullable [] optionalBlock(RowReader in) {
        return flag(in) ? in.block() : null;
    }

    static RowWriter revision(RowWriter out, Revision revision) {
        return out.varint(revision.generation()).text(revision.hash());
    }

    static Revision revision(RowReader in) {
        return new Revision(number(in), in.text());
    }

    static void edit(RowWriter out, DataCommand.Edit edit) {
        edit(out, edit.edit());
        out.raw(edit.jsonDigest());
    }

    private static void edit(RowWriter out, DocumentEdit edit) {
        switch (edit) {
            case DocumentEdit.Update update -> {
                Revision parent = update.parent();
                out.u8(parent == null ? UPDATE : UPDATE_OF_PARENT).text(update.id());
                if (parent != null) {
                    revision(out, parent);
                }
                out.u8(update.deleted() ? 1 : 0).raw(update.canonicalDigest());
            }
            case DocumentEdit.Replicated replicated -> {
                RevisionPath path = replicated.path();
                Stamp stamp = path.stamp();
                out.u8(stamp == null ? REPLICATED : REPLICATED_STAMPED)
                        .text(replicated.id())
                        .varint(path.generation());
                list(out, path.hashes(), RowWriter::text);
                if (stamp != null) {
                    StampCodec.write(out, stamp);
                }
                out.u8(replicated.deleted() ? 1 : 0);
            }
            case DocumentEdit.Resolution resolution -> {
                out.u8(RESOLUTION).text(resolution.id());
                list(out, resolution.leaves(), Fields::revision);
                list(out, resolution.losers(), Fields::revision);
                DocumentEdit.Update result = resolution.result();
                out.u8(result == null ? 0 : 1);
                if (result != null) {
                    edit(out, result);
                }
                Stamp stamp = resolution.stamp();
                out.u8(stamp == null ? 0 : 1);
                if (stamp != null) {
                    StampCodec.write(out, stamp);
                }
                return;
            }
        }
        body(out, edit.body());
    }

    /** Whether the first version of edits has it. */
    static boolean isOfFirstVersion(DocumentEdit edit) {
        return switch (edit) {
            case DocumentEdit.Update _ -> true;
            case DocumentEdit.Replicated replicated -> replicated.path().stamp() == null;
            case DocumentEdit.Resolution _ -> false;
        };
    }

    /** @param first whether it is of the first version of edits, which have no stamps and resolve nothing */
    static DataCommand.Edit edit(RowReader in, boolean first) {
        return new DataCommand.Edit(edit(in, in.u8(), first), in.raw(32));
    }

    private static DocumentEdit edit(RowReader in, int kind, boolean first) {
        if (kind >= RESOLUTION && first) {
            throw new IllegalArgumentException("an edit of kind " + kind + " among edits of version 1");
        }
        String id = in.text();
        return switch (kind) {
            case UPDATE -> update(id, null, in);
            case UPDATE_OF_PARENT -> update(id, revision(in), in);
            case REPLICATED ->
                new DocumentEdit.Replicated(
                        id, new RevisionPath(number(in), list(in, RowReader::text)), flag(in), body(in));
            case RESOLUTION ->
                new DocumentEdit.Resolution(
                        id,
                        list(in, Fields::revision),
                        list(in, Fields::revision),
                        flag(in) ? result(in) : null,
                        flag(in) ? StampCodec.read(in) : null);
            case REPLICATED_STAMPED ->
                new DocumentEdit.Replicated(
                        id,
                        new RevisionPath(number(in), list(in, RowReader::text), StampCodec.read(in)),
                        flag(in),
                        body(in));
            default -> throw new IllegalArgumentException("an edit of kind " + kind);
        };
    }

    private static DocumentEdit.Update result(RowReader in) {
        if (edit(in, in.u8(), true) instanceof DocumentEdit.Update update) {
            return update;
        }
        throw new IllegalArgumentException("a resolution whose result is no update");
    }

    private static DocumentEdit.Update update(String id, @Nullable Revision parent, RowReader in) {
        boolean deleted = flag(in);
        byte[] canonicalDigest = in.raw(32);
        return new DocumentEdit.Update(id, parent, deleted, body(in), canonicalDigest);
    }

    private static void body(RowWriter out, DocumentBody body) {
        out.raw(BodyRow.encodeAttachments(body.attachments())).block(body.json());
    }

    private static DocumentBody body(RowReader in) {
        List<Attachment> attachments = BodyRow.readAttachments(in);
        return new DocumentBody(in.block(), attachments);
    }

    static void copied(RowWriter out, DataCommand.CopiedDocument document) {
        out.text(document.id()).block(document.tree().encode());
        list(out, document.bodies(), (row, copied) -> {
            revision(row, copied.revision());
            body(row, copied.body());
            row.raw(copied.jsonDigest());
        });
    }

    static DataCommand.CopiedDocument copied(RowReader in) {
        String id = in.text();
        byte[] tree = in.block();
        return new DataCommand.CopiedDocument(
                id,
                RevisionTree.decode(tree, 0, tree.length),
                list(in, row -> new DataCommand.CopiedBody(revision(row), body(row), row.raw(32))));
    }

    static void staged(RowWriter out, DataCommand.StagedContent staged) {
        out.raw(staged.hash().bytes())
                .u64(staged.upload())
                .varint(staged.encodedLength())
                .varint(staged.chunkBytes())
                .varint(staged.decodedLength() + 1);
    }

    static DataCommand.StagedContent staged(RowReader in) {
        return new DataCommand.StagedContent(
                new ContentHash(in.raw(32)), in.u64(), in.varint(), number(in), in.varint() - 1);
    }

    static void purged(RowWriter out, DataCommand.PurgedLeaves document) {
        out.text(document.id()).text(document.uuid());
        list(out, document.leaves(), Fields::revision);
    }

    static DataCommand.PurgedLeaves purged(RowReader in) {
        String id = in.text();
        String uuid = in.text();
        return new DataCommand.PurgedLeaves(id, list(in, Fields::revision), uuid);
    }
}
