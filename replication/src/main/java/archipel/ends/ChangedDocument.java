package archipel.ends;

import archipel.document.Revision;
import java.util.List;

/**
 * A document that a source's feed shows.
 *
 * @param revisions its leaves, or its winner alone where only winners are wanted
 */
public record ChangedDocument(String id, List<Revision> revisions) {}
