package archipel.history;

import archipel.document.Revision;
import archipel.storage.RevisionCodec;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * A purge as {@code _purged_infos} remembers it.
 *
 * @param revisions the leaves taken
 */
public record PurgeRow(String uuid, String id, List<Revision> revisions) {
    public byte[] encode() {
        RowWriter row = new RowWriter(128).text(uuid).text(id).varint(revisions.size());
        revisions.forEach(revision -> RevisionCodec.write(row, revision));
        return row.toBytes();
    }

    public static PurgeRow decode(byte[] value) {
        RowReader row = new RowReader(value);
        String uuid = row.text();
        String id = row.text();
        int count = row.count();
        List<Revision> revisions = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            revisions.add(RevisionCodec.read(row));
        }
        return new PurgeRow(uuid, id, revisions);
    }
}
