package archipel.ends;

import archipel.document.Revision;
import java.util.List;

/**
 * What a target lacks of a document.
 *
 * @param missing at least one
 * @param ancestors revisions that the target has and the missing ones may descend from, whose attachments need not be
 *     sent again
 */
public record MissingRevisions(String id, List<Revision> missing, List<Revision> ancestors) {}
