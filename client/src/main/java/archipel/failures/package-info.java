/**
 * What can go wrong for a caller of the client: one type for each thing that callers handle differently. All are
 * unchecked, are an {@link archipel.failures.ArchipelException}, and say the HTTP status, the {@code error} and the
 * {@code reason} of the node where one answered.
 */
@NullMarked
package archipel.failures;

import org.jspecify.annotations.NullMarked;
