package archipel.ends;

import java.util.List;

/**
 * Some changes of a source, in the order of its feed.
 *
 * @param documents each once; may be none, where only the position has moved
 * @param through the source has nothing more to show up to here
 * @param last whether the feed has come to its end
 */
public record Changes(List<ChangedDocument> documents, SourceSequence through, boolean last) {}
