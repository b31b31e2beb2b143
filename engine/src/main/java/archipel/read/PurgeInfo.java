package archipel.read;

import archipel.document.Revision;
import java.util.List;

/**
 * A purge that was done.
 *
 * @param purgeSeq from 1
 * @param uuid as shown by {@code _purged_infos}
 */
public record PurgeInfo(long purgeSeq, String uuid, String id, List<Revision> revisions) {}
