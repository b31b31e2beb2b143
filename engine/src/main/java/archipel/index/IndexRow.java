package archipel.index;

/**
 * One row that a document emitted.
 *
 * @param view counts from 0
 * @param sortKey where among the view's rows it stands; none of a view's may be the beginning of another one
 * @param id the document's
 * @param ordinal from 0; tells apart what one document emits under equal sort keys
 * @param key JSON text
 * @param value JSON text
 */
public record IndexRow(int view, byte[] sortKey, String id, int ordinal, byte[] key, byte[] value) {}
