package archipel.documents;

import archipel.changes.Digests;
import archipel.http.DatabaseRequest;
import archipel.read.Reader;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The boundaries of one answer's MIME messages: 32 hex digits that no content holds. Random, but for a read of one
 * certain block, whose bytes are to be the same each time: those come from the block's hash, which whoever wrote
 * content into the block could not know before it.
 */
public final class Boundaries {
    private final byte @Nullable [] block;
    private final String target;
    private int next;

    private Boundaries(byte @Nullable [] block, String target) {
        this.block = block;
        this.target = target;
    }

    public static Boundaries of(DatabaseRequest request, Reader reader) {
        return request.wantedBlock().pins()
                ? new Boundaries(reader.block().hash(), request.path().raw())
                : new Boundaries(null, "");
    }

    public String next() {
        if (block == null) {
            ThreadLocalRandom random = ThreadLocalRandom.current();
            return HexFormat.of().toHexDigits(random.nextLong())
                    + HexFormat.of().toHexDigits(random.nextLong());
        }
        byte[] digest =
                Digests.sha256().bytes(block).text(target).number(next++).finish();
        return HexFormat.of().formatHex(digest, 0, 16);
    }
}
