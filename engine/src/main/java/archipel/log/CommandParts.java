package archipel.log;

import archipel.command.Command;
import archipel.command.CommandCodec;
import archipel.command.GroupCommand.Assembled;
import archipel.command.GroupCommand.Once;
import archipel.command.GroupCommand.Part;
import archipel.command.Refusal;
import archipel.document.ErrorCode;
import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Family;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.io.ByteArrayOutputStream;

/**
 * Commands of a group whose bytes come in parts. These are rows of the group, so that they are in its images: a member
 * that gets one between two parts applies the command like all others. For the thread that applies.
 */
public final class CommandParts {
    /** How long all parts of a command can be together. */
    public static final long MOST_BYTES = 1L << 30;

    private final Store store;
    private final CatalogKeys keys;

    public CommandParts(Store store, int group) {
        this.store = store;
        this.keys = new CatalogKeys(group);
    }

    public void keep(Batch batch, Part part) {
        byte[] key = keys.part(part.origin(), part.run(), part.transfer(), part.number());
        batch.put(Family.CATALOG, key, part.content());
    }

    /**
     * The command that the parts are of. They were stored in earlier batches, since each ends its own.
     *
     * @throws Refusal where one is missing, or they are longer than is allowed, or together are no command
     * @throws archipel.command.UnknownCommandException where a newer program wrote them
     */
    public Command<?> assemble(Assembled<?> whole) {
        if (whole.length() > MOST_BYTES || whole.parts() > whole.length()) {
            throw new Refusal(ErrorCode.PARTS_MISSING);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(Math.toIntExact(whole.length()));
        for (int number = 0; number < whole.parts(); number++) {
            byte[] part = store.get(Family.CATALOG, keys.part(whole.origin(), whole.run(), whole.transfer(), number));
            if (part == null || bytes.size() + (long) part.length > whole.length()) {
                throw new Refusal(ErrorCode.PARTS_MISSING);
            }
            bytes.writeBytes(part);
        }
        if (bytes.size() != whole.length()) {
            throw new Refusal(ErrorCode.PARTS_MISSING);
        }
        Command<?> command = decode(bytes.toByteArray());
        if (command instanceof Once || command instanceof Assembled || command instanceof Part) {
            throw new Refusal(ErrorCode.PARTS_MISSING);
        }
        return whole.timeMs() == 0 ? command : command.stamped(whole.timeMs());
    }

    // The same bytes on all members, of which none could ever get past them.
    private static Command<?> decode(byte[] bytes) {
        try {
            return CommandCodec.decode(bytes);
        } catch (StorageException malformed) {
            throw new Refusal(ErrorCode.PARTS_MISSING);
        }
    }

    /** Deletes a command's parts. */
    public void drop(Batch batch, Assembled<?> whole) {
        // One by one: many range deletions make each get of this family slow until they are written to a file.
        for (int number = 0; number < whole.parts(); number++) {
            batch.delete(Family.CATALOG, keys.part(whole.origin(), whole.run(), whole.transfer(), number));
        }
    }

    /** Deletes what runs before one have left. */
    public void dropFormer(Batch batch, long origin, long run) {
        batch.deleteRange(Family.CATALOG, keys.parts(origin), keys.parts(origin, run));
    }

    /** Deletes what all runs have left. */
    public void dropAll(Batch batch, long origin) {
        byte[] lower = keys.parts(origin);
        batch.deleteRange(Family.CATALOG, lower, CatalogKeys.after(lower));
    }
}
